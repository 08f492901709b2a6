// Pulumi's language host for Node.js where the engine was built here: Go's module proxy serves the engine and not the
// hosts that come with its release. It serves this checkout's program as the Automation API does, to a `pulumi` in a
// shell, and starts policy packs.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import languageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { defaultProgram } from "#stack/project.ts";
import { programOf } from "./program.ts";

const require = createRequire(import.meta.url);

/** The Automation API's own server, which the SDK does not export by type. */
const { LanguageServer } = require("@pulumi/pulumi/automation/server.js") as {
    readonly LanguageServer: new (program: PulumiFn) => UntypedServiceImplementation;
};

type PluginCall = ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>;

/** Starts a policy pack, whose output the engine reads, until the engine ends the call. */
function runPlugin(call: PluginCall): void {
    const { request } = call;
    if (request.getKind() !== "analyzer") {
        call.destroy(new Error(`only policy packs are run here, not a ${request.getKind()}`));
        return;
    }
    const pack = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const child = spawn(process.execPath, [runner, ...request.getArgsList(), pack], {
        cwd: pack,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
            ...process.env,
            ...Object.fromEntries(
                request.getEnvList().map((entry) => {
                    const at = entry.indexOf("=");
                    return [entry.slice(0, at), entry.slice(at + 1)];
                }),
            ),
        },
    });
    const send = (fill: (response: messages.RunPluginResponse) => void): void => {
        const response = new messages.RunPluginResponse();
        fill(response);
        call.write(response);
    };
    child.stdout.on("data", (data: Buffer) => {
        send((response) => {
            response.setStdout(data);
        });
    });
    child.stderr.on("data", (data: Buffer) => {
        send((response) => {
            response.setStderr(data);
        });
    });
    child.on("close", (code) => {
        send((response) => {
            response.setExitcode(code ?? 1);
        });
        call.end();
    });
    call.on("cancelled", () => child.kill());
}

const server = new Server();
const program = new LanguageServer(programOf(defaultProgram()));
server.addService(languageService.LanguageRuntimeService, Object.assign(program, { runPlugin }));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
        throw error;
    }
    // The engine reads the port from the first line.
    process.stdout.write(`${port}\n`);
});
