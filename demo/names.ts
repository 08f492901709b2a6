/** The services of the platform, by the host name they call each other by. */
export const SERVICE_NAMES = ["order-service", "payment-service", "inventory-service"] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Whether `value` names one of the services. */
export function isServiceName(value: string): value is ServiceName {
    return (SERVICE_NAMES as readonly string[]).includes(value);
}
