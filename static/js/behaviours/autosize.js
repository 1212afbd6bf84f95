/* textarea[data-autosize] grows with its text where the browser cannot do it with field-sizing. */
if (!CSS.supports("field-sizing", "content")) {
  behave("textarea[data-autosize]", field => {
    const fit = () => { field.style.blockSize = "auto"; field.style.blockSize = `${field.scrollHeight + 2}px`; };
    field.addEventListener("input", fit);
    fit();
  });
}
