import { runService, variable } from "../environment.ts";
import { createInventoryService } from "../inventory-service.ts";
import { stockOf } from "../stock.ts";

void runService(() => {
    const fault = variable(process.env, "DEMO_FAULT");
    return createInventoryService({
        stock: stockOf(process.env),
        ...(fault === undefined ? {} : { fault }),
    });
}, 3005);
