// The choice between the system's colours, light ones and dark ones.

const scheme = document.querySelector("#scheme");
scheme.closest("label").hidden = false;
scheme.addEventListener("change", () => {
  document.documentElement.dataset.scheme = scheme.value;
});
