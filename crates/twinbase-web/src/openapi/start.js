// Shows the document with Swagger UI, dark where the system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();
SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true });
