import { defineCatalog } from "#model/catalog.ts";
import { inventory } from "./inventory.ts";
import { nats } from "./nats.ts";
import { order } from "./order.ts";
import { payment } from "./payment.ts";

/** Every microservice of the mesh, and the servers they need. */
export const catalog = defineCatalog({ services: [order, payment, inventory], backing: [nats] });
