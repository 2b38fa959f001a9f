// Starts Swagger UI; a file of its own, since the policy of every page forbids scripts inside it.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null, // nothing is sent elsewhere to be checked
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
