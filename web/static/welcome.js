// The first steps of a new member: one step open at a time, the microphone with a
// live meter, notifications. Nothing heard leaves this page.
(() => {
  "use strict";

  const $ = (name, root = document) => root.querySelector(`[data-${name}]`);
  const all = (name, root = document) => [...root.querySelectorAll(`[data-${name}]`)];
  const show = (el, on) => { if (el) el.hidden = !on; };

  // Steps: the open one has its body; those before it are done.
  function walk(root) {
    const steps = all("step", root);
    let at = 0;

    function draw(focus) {
      steps.forEach((step, i) => {
        step.classList.toggle("is-open", i === at);
        step.classList.toggle("is-done", i < at);
        show($("step-done", step), i < at);
        if (i === at) step.setAttribute("aria-current", "step");
        else step.removeAttribute("aria-current");
      });
      if (focus) steps[at].querySelector("h2").focus();
    }

    function go(to, focus) {
      if (to < 0 || to >= steps.length) return;
      at = to;
      draw(focus);
    }

    root.classList.add("is-walking");
    all("script", root).forEach((el) => show(el, true));
    const asked = steps.findIndex((step) => `#${step.dataset.step}` === location.hash);
    go(Math.max(asked, 0), false);
    return { next: () => go(at + 1, true), open: (id) => steps[at].dataset.step === id };
  }

  // Which help fits: browsers differ in where they hide the permission.
  function browser() {
    const ua = navigator.userAgent;
    if (/iPhone|iPad/.test(ua) || (/Macintosh/.test(ua) && navigator.maxTouchPoints > 1)) return "ios";
    if (/Firefox/.test(ua)) return "firefox";
    if (/Android/.test(ua)) return "android";
    if (/Chrome|Chromium|Edg/.test(ua)) return "chrome";
    return "safari";
  }

  function problem(error) {
    if (!navigator.mediaDevices) return "insecure";
    if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "missing";
    if (error.name === "NotReadableError" || error.name === "AbortError") return "busy";
    return "blocked";
  }

  function microphone(step) {
    const box = $("mic-problem", step);
    const live = $("mic-live", step);
    const level = $("mic-level", step);
    const ask = $("mic-ask", step);
    const device = $("mic-device", step);
    let stream = null, context = null, heard = 0, told = 0;

    function stop() {
      stream?.getTracks().forEach((track) => track.stop());
      context?.close();
      stream = context = null;
    }

    function fail(error) {
      const kind = problem(error);
      let shown = 0;
      for (const p of all("mic-help", step)) {
        const fits = p.dataset.micHelp === kind && (!p.dataset.browser || p.dataset.browser === browser());
        show(p, fits);
        shown += fits;
      }
      show(live, false);
      show(ask, true);
      show(box, shown > 0);
      box.focus();
    }

    function ok() {
      show($("mic-quiet", step), false);
      show($("mic-heard", step), true);
    }

    // From -60 dB, a quiet room, to -12 dB, a voice close by.
    function measure(analyser, samples, now) {
      if (!context) return;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, v) => sum + v * v, 0) / samples.length;
      const value = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 48));
      level.style.setProperty("--level", value.toFixed(3));
      heard = value > 0.4 ? heard + 1 : heard;
      if (heard === 12) ok();
      if (now - told > 400) { // screen readers need no sixty values a second
        told = now;
        level.setAttribute("aria-valuenow", String(Math.round(100 * value)));
      }
      requestAnimationFrame((t) => measure(analyser, samples, t));
    }

    async function devices() {
      const found = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "audioinput" && d.label);
      const current = stream.getAudioTracks()[0]?.getSettings().deviceId;
      device.replaceChildren(...found.map((d) => new Option(d.label, d.deviceId, false, d.deviceId === current)));
      show($("mic-choice", step), found.length > 1);
    }

    async function start(id) {
      stop();
      try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: id ? { deviceId: { exact: id } } : true });
        context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 1024;
        context.createMediaStreamSource(stream).connect(analyser);
        await context.resume();
        await devices();
        show(box, false);
        show(live, true);
        show(ask, false);
        show($("mic-next", step), true);
        requestAnimationFrame((t) => measure(analyser, new Float32Array(analyser.fftSize), t));
      } catch (error) {
        stop();
        fail(error);
      }
    }

    ask.onclick = () => start("");
    device.onchange = () => start(device.value);
    return stop;
  }

  function notices(step, next) {
    const form = $("notices-form", step);
    const note = (name) => all("notices", step).forEach((p) => show(p, p.dataset.notices === name));
    const none = !("Notification" in window);
    if (none) {
      note("none");
      show($("notices-ask", step), false);
    }
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (none) return next();
      const answer = await Notification.requestPermission();
      if (answer !== "granted") return note("denied");
      try {
        await fetch(form.action, { method: "POST" });
      } catch { /* it can be switched on later in the account */ }
      next();
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    const root = $("walk");
    if (!root) return;
    const steps = walk(root);
    const stop = microphone(root.querySelector("#microphone"));
    const next = () => {
      if (steps.open("microphone")) stop();
      steps.next();
    };
    all("next", root).forEach((button) => { button.onclick = next; });
    notices(root.querySelector("#notices"), next);
    addEventListener("pagehide", stop);
  });
})();
