import { request } from "node:https";
import type { RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import { statusMessage } from "#live/kubernetes/errors.ts";
import { kubeConfig } from "./support.ts";

/** A request to the API server. */
export interface ApiRequest {
    readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: object;
}

/** What the API server says: its status, and of a refusal why. */
export interface ApiAnswer {
    readonly status: number;
    readonly message: string | undefined;
    /** What it says to the user besides. */
    readonly warnings: string;
}

/** Somebody in whose name is asked. */
export interface Who {
    readonly user: string;
    readonly groups: readonly string[];
}

/** Asks the API server, in somebody's name or as the local cluster's administrator. */
export async function ask({ method, path, body }: ApiRequest, who?: Who): Promise<ApiAnswer> {
    const config = kubeConfig();
    const options: RequestOptions = {
        method,
        headers: {
            Accept: "application/json",
            "Content-Type":
                method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json",
            ...(who && { "Impersonate-User": who.user, "Impersonate-Group": [...who.groups] }),
        },
    };
    await config.applyToHTTPSOptions(options);
    const url = `${config.getCurrentCluster()?.server ?? ""}${path}`;
    return new Promise((resolve, reject) => {
        request(url, options, (response) => {
            text(response).then((whole) => {
                resolve({
                    status: response.statusCode ?? 0,
                    message: statusMessage(whole),
                    warnings: [response.headers["warning"] ?? ""].flat().join("; "),
                });
            }, reject);
        })
            .on("error", reject)
            .end(body && JSON.stringify(body));
    });
}
