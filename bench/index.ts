// Everything that is measured, one after the other: two at a time would measure each other.
await import("./policy.ts");
process.stdout.write("\n");
await import("./size.ts");
process.stdout.write("\n");
await import("./closed.ts");
process.stdout.write("\n");
await import("./check.ts");
process.stdout.write("\n");
await import("./verify.ts");
