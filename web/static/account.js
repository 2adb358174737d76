// The account page: listens to ring tones, and asks the browser for notifications
// when they are switched on, as browsers want to be asked by a click.
(() => {
  "use strict";

  let playing = null;

  function stop() {
    playing?.audio.pause();
    playing?.button.setAttribute("aria-pressed", "false");
    playing = null;
  }

  function listen(button) {
    button.hidden = false;
    button.onclick = () => {
      const again = playing?.button === button;
      stop();
      if (again) return;
      const audio = new Audio(button.dataset.listen);
      audio.onended = stop;
      audio.onerror = stop;
      playing = { audio, button };
      button.setAttribute("aria-pressed", "true");
      audio.play().catch(stop);
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-listen]").forEach(listen);
    const notices = document.querySelector("[data-ask-notices]");
    notices?.addEventListener("change", () => {
      if (notices.checked && "Notification" in window && Notification.permission === "default") Notification.requestPermission();
    });
  });
})();
