// Starts ReDoc; a file of its own, since the policy of every page forbids scripts inside it.
Redoc.init("openapi.json", { disableSearch: false, hideDownloadButtons: false }, document.getElementById("docs"));
