import type { Field, Finding } from "./field.ts";

/** What Istio does where a route says nothing: two more tries. */
export const DEFAULT_ATTEMPTS = 2;
const DEFAULT_CONDITIONS: readonly string[] = [
    "connect-failure",
    "refused-stream",
    "unavailable",
    "cancelled",
];

/**
 * Conditions under which even a POST may be sent again: the request has not reached the application, or was refused
 * before any work. `unavailable` and `cancelled` are statuses of gRPC alone, and Istio's own default.
 */
const SAFE_CONDITIONS: readonly string[] = [
    ...DEFAULT_CONDITIONS,
    "reset-before-request",
    "envoy-ratelimited",
    // Names no status by itself.
    "retriable-status-codes",
];

/** Tries after the first one, as a policy states them. Without `attempts` a policy turns retries off. @throws UnknownValue */
export function attemptsOf(retries: Field): number {
    return retries.exists ? Math.max(retries.at("attempts").number() ?? 0, 0) : DEFAULT_ATTEMPTS;
}

/** Conditions that start another try. @throws UnknownValue */
export function conditionsOf(retries: Field): readonly string[] {
    const conditions = (retries.at("retryOn").text() ?? "")
        .split(",")
        .map((condition) => condition.trim())
        .filter((condition) => condition !== "");
    return conditions.length === 0 ? DEFAULT_CONDITIONS : conditions;
}

/** Conditions that start another try although the first may have done its work. @throws UnknownValue */
export function unsafeConditions(retries: Field): readonly string[] {
    return attemptsOf(retries) === 0
        ? []
        : conditionsOf(retries).filter((condition) => !SAFE_CONDITIONS.includes(condition));
}

/**
 * What is wrong with the retries of a route.
 *
 * @param methods which of the methods that are not idempotent reach it without an idempotency key
 * @throws UnknownValue
 */
export function retryFindings(route: Field, methods: () => readonly string[]): Finding[] {
    const retries = route.at("retries");
    const unsafe = retries.exists ? unsafeConditions(retries) : [];
    const repeated = unsafe.length === 0 ? [] : methods();
    return repeated.length === 0
        ? []
        : [
              retries
                  .at("retryOn")
                  .finding(
                      `on ${unsafe.join(", ")} also a ${repeated.join(" or ")} is sent again that may have been carried out`,
                      "without an idempotency key only connect-failure and refused-stream are allowed",
                  ),
          ];
}
