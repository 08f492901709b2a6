/** How the report's page looks, beside the plotting library's own style. */
export const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem; color: #222; background: #fff; }
h2 { margin-top: 2.5rem; font-size: 1.25rem; }
table { border-collapse: collapse; margin: 0.75rem 0; }
th, td { border: 1px solid #ccc; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
th { background: #f3f3f3; }
`;
