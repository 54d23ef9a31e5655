// The page of a report: its frame is as high as the report in it.

document.getElementById("pick").addEventListener("change", (event) => {
  if (event.target.validity.valid && event.target.value) event.currentTarget.requestSubmit();
});

const frame = document.getElementById("report");

function fit() {
  const inside = frame.contentDocument?.body;
  if (inside?.childElementCount) frame.style.height = `${Math.ceil(inside.getBoundingClientRect().height) + 4}px`;
}

if (frame) {
  const watch = new ResizeObserver(fit);
  const begin = () => {
    watch.disconnect();
    if (frame.contentDocument?.body) watch.observe(frame.contentDocument.body);
    fit();
  };
  frame.addEventListener("load", begin);
  if (frame.contentDocument?.readyState === "complete") begin();
}
