/** An option as people write it: `--probe-image` of `probeImage`. */
export function flagOf(name: string): string {
    return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
