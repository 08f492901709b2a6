// Runs in the report's page: draws each plot that the page's data holds. Plots of one scenario share their cursor.
const COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b"];
const SHADES = ["rgba(127,127,127,0.16)", "rgba(214,39,40,0.10)", "rgba(44,160,44,0.10)"];

const scenarios = JSON.parse(document.getElementById("data").textContent);

function shade(phases) {
    return (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.textAlign = "left";
        ctx.font = `${11 * devicePixelRatio}px sans-serif`;
        phases.forEach(({ name, from, to }, index) => {
            const [left, right] = [plot.valToPos(from, "x", true), plot.valToPos(to, "x", true)];
            ctx.fillStyle = SHADES[index % SHADES.length];
            ctx.fillRect(left, bbox.top, right - left, bbox.height);
            ctx.fillStyle = "#666";
            ctx.fillText(name, left + 4, bbox.top + 14 * devicePixelRatio);
        });
        ctx.restore();
    };
}

function seriesOf({ names, steps, unit }) {
    return names.map((label, index) => ({
        label,
        stroke: COLOURS[index % COLOURS.length],
        value: (_, value) => (value === null ? "-" : `${Math.round(value * 10) / 10} ${unit}`),
        ...(steps
            ? { paths: uPlot.paths.stepped({ align: 1 }), points: { show: false }, width: 2 }
            : { paths: () => null, points: { show: true, size: 4 } }),
    }));
}

scenarios.forEach(({ plots, shades }, scenario) => {
    plots.forEach((plot, index) => {
        const target = document.getElementById(`plot-${scenario}-${index}`);
        new uPlot(
            {
                title: plot.title,
                width: Math.max(320, Math.min(1080, document.body.clientWidth - 32)),
                height: 220,
                scales: {
                    x: { time: false },
                    y: { range: (_, _least, most) => [0, Math.max(1, most * 1.05)] },
                },
                cursor: { sync: { key: `scenario-${scenario}` } },
                series: [{ label: "seconds" }, ...seriesOf(plot)],
                axes: [{}, { label: plot.unit }],
                hooks: { drawClear: [shade(shades)] },
            },
            plot.data,
            target,
        );
    });
});
