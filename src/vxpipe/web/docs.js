/** The description of the API as a page. Every address is relative, so that it works below any path. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const { classList, dataset: { theme } } = document.documentElement;
const paint = () => classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && dark.matches));
dark.onchange = paint;
paint();

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // it would ask a foreign service
});
