import type { KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";

/** The namespaces whose proxies see an object; `*` stands for all. @throws UnknownValue */
function placesOf({ root, namespace }: KubernetesObject): readonly string[] {
    const exported = root.at("spec", "exportTo").texts();
    return exported.length === 0
        ? ["*"]
        : exported
              .filter((place) => place !== "~")
              .map((place) => (place === "." ? namespace : place));
}

/** Whether some caller sees both of two objects. @throws UnknownValue */
export function areSeenTogether(one: KubernetesObject, other: KubernetesObject): boolean {
    const others = placesOf(other);
    return (
        others.length > 0 &&
        some(
            placesOf(one),
            (place) => place === "*" || others.includes("*") || others.includes(place),
        )
    );
}
