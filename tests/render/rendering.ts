// What a rendering is belongs to the command that renders programs as well.
export type * from "#stack/render/rendering.ts";
