import { EnvironmentError, runService, variable } from "../environment.ts";
import { createInventoryService, DEFAULT_STOCK } from "../inventory-service.ts";

void runService(() => {
    const fault = variable(process.env, "DEMO_FAULT");
    return createInventoryService({
        stock: stock(),
        ...(fault === undefined ? {} : { fault }),
    });
}, 3005);

/**
 * The stock in `STOCK`, for example `book=10,lamp=0`.
 *
 * @throws EnvironmentError
 */
function stock(): Readonly<Record<string, number>> {
    const text = variable(process.env, "STOCK");
    if (text === undefined) {
        return DEFAULT_STOCK;
    }
    const items = text.split(",").map((part) => /^\s*([\w.-]{1,100})=(\d{1,9})\s*$/.exec(part));
    return Object.fromEntries(
        items.map((item): [string, number] => {
            if (item === null) {
                throw new EnvironmentError(
                    `STOCK is "${text}", allowed are items with their units, such as book=10,lamp=0.`,
                );
            }
            return [item[1] ?? "", Number(item[2])];
        }),
    );
}
