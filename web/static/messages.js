// Makes messages: narrows voices to the language, has a text read before it is kept,
// takes files that are dropped, and records. A recording is put into the form's file
// field as 16-bit WAV of 16 kHz, so that the form is posted as any other.
(() => {
  "use strict";

  const rate = 16000;
  const longest = 300; // seconds
  const quiet = 0.01; // of full scale
  const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
  const say = (form, text) => { form.querySelector("[data-say]").textContent = text; };

  // heard puts a sound into the form's player; before it the player is not there.
  function heard(form, blob) {
    const audio = form.querySelector("[data-heard]");
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.hidden = !blob;
    if (blob) audio.src = URL.createObjectURL(blob);
    else audio.removeAttribute("src");
    return audio;
  }

  function put(form, file) {
    const carrier = new DataTransfer();
    carrier.items.add(file);
    form.elements.file.files = carrier.files;
  }

  // A text and its voice.
  function speak(form) {
    const { language, voice, text } = form.elements;
    const all = [...voice.options];
    const narrow = () => {
      text.lang = language.value;
      const fit = all.filter((o) => !o.dataset.language || o.dataset.language === language.value);
      const chosen = voice.value;
      voice.replaceChildren(...fit);
      if (fit.some((o) => o.value === chosen)) voice.value = chosen;
      else voice.selectedIndex = 0;
    };
    language.onchange = narrow;
    narrow();
    form.querySelector("[data-try]").hidden = false;
    const button = form.querySelector("[data-preview]");
    button.onclick = () => preview(form, button);
  }

  async function preview(form, button) {
    button.disabled = true;
    heard(form, null);
    const slow = setTimeout(() => say(form, form.dataset.slow), 200);
    let problem = "";
    try {
      const answer = await fetch("/messages/preview", { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
      if (answer.ok) await heard(form, await answer.blob()).play().catch(() => {}); // the player is there to be pressed
      else problem = (await answer.json()).errors.map((e) => e.text).join(" ");
    } catch {
      problem = form.dataset.failed;
    }
    clearTimeout(slow);
    say(form, problem);
    button.disabled = false;
  }

  // A file. Without a name typed, the message takes the file's.
  function take(form) {
    const file = form.elements.file.files[0];
    heard(form, null);
    say(form, "");
    form.elements.file.setCustomValidity?.("");
    if (!file) return;
    if (file.size > Number(form.dataset.max)) {
      form.elements.file.setCustomValidity(form.dataset.large);
      form.elements.file.reportValidity();
      say(form, form.dataset.large);
      return;
    }
    if (!form.elements.name.value.trim()) form.elements.name.value = file.name.replace(/\.[^.]*$/, "").replace(/[_-]+/g, " ").slice(0, 60);
    const audio = heard(form, file);
    audio.onloadedmetadata = () => {
      if (Number.isFinite(audio.duration)) say(form, form.dataset.chosen.replace("{name}", file.name).replace("{length}", clock(audio.duration)));
    };
    audio.onerror = () => { audio.hidden = true; }; // the server says what is wrong with it
  }

  function drop(form) {
    const zone = form.querySelector("[data-drop]");
    form.querySelector("[data-drop-text]").hidden = false;
    form.elements.file.onchange = () => take(form);
    const over = (event, on) => {
      event.preventDefault();
      zone.classList.toggle("drop-over", on);
    };
    zone.ondragenter = zone.ondragover = (event) => over(event, true);
    zone.ondragleave = (event) => over(event, zone.contains(event.relatedTarget));
    zone.ondrop = (event) => {
      over(event, false);
      const file = event.dataTransfer.files[0];
      if (!file) return;
      put(form, file);
      take(form);
    };
  }

  // A recording.
  function record(form) {
    const box = form.querySelector("[data-record]");
    const part = (name) => box.querySelector(`[data-${name}]`);
    let tape = null;
    part("recorder").hidden = false;

    const idle = (on) => {
      part("start").hidden = !on;
      part("stop").hidden = on;
      (on ? part("start") : part("stop")).focus();
    };

    part("start").onclick = async () => {
      heard(form, null);
      say(form, "");
      try {
        tape = await listen();
      } catch {
        say(form, box.dataset.denied);
        return;
      }
      form.elements.file.value = "";
      idle(false);
      say(form, box.dataset.recording);
      watch(tape, part, () => say(form, box.dataset.quiet), () => part("stop").click());
    };
    part("stop").onclick = async () => {
      const made = tape;
      tape = null;
      idle(true);
      part("level").value = 0;
      try {
        const wav = await made.end();
        put(form, new File([wav], "recording.wav", { type: "audio/wav" }));
        heard(form, wav);
        say(form, form.dataset.chosen.replace("{length}", clock((wav.size - 44) / 2 / rate)));
      } catch {
        say(form, box.dataset.failed);
      }
    };
    form.addEventListener("submit", (event) => {
      if (tape) {
        event.preventDefault();
        part("stop").click();
      } else if (!form.elements.file.files.length) {
        event.preventDefault();
        say(form, box.dataset.needed);
        part("start").focus();
      }
    });
    addEventListener("pagehide", () => tape?.end().catch(() => {}));
  }

  // listen opens the microphone and records until end, which gives a WAV.
  async function listen() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, autoGainControl: true, noiseSuppression: true } });
    const context = new AudioContext();
    const meter = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(stream).connect(meter);
    const recorder = new MediaRecorder(stream);
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.start();
    const since = performance.now();
    return {
      meter,
      seconds: () => (performance.now() - since) / 1000,
      async end() {
        if (recorder.state !== "inactive") recorder.stop();
        await stopped;
        stream.getTracks().forEach((t) => t.stop());
        await context.close();
        const raw = await new Blob(parts, { type: recorder.mimeType }).arrayBuffer();
        return wav(await new OfflineAudioContext(1, 1, rate).decodeAudioData(raw)); // at the context's rate
      },
    };
  }

  // watch shows level and time while the tape runs.
  function watch(tape, part, tooQuiet, full) {
    const wave = new Float32Array(tape.meter.fftSize);
    let loudest = 0;
    let told = false;
    const step = () => {
      if (part("stop").hidden) return;
      tape.meter.getFloatTimeDomainData(wave);
      const peak = wave.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      loudest = Math.max(loudest, peak);
      part("level").value = Math.max(peak, part("level").value * 0.9); // falls slower than it rises
      part("time").textContent = clock(tape.seconds());
      if (!told && tape.seconds() > 3 && loudest < quiet) {
        told = true;
        tooQuiet();
      }
      if (tape.seconds() >= longest) full();
      else requestAnimationFrame(step);
    };
    step();
  }

  // wav mixes the channels of a sound into a file.
  function wav(sound) {
    const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
    const view = new DataView(new ArrayBuffer(44 + 2 * sound.length));
    const text = (at, s) => [...s].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + 2 * sound.length, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * sound.length, true);
    for (let i = 0; i < sound.length; i++) {
      const mixed = channels.reduce((sum, c) => sum + c[i], 0) / channels.length;
      view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, mixed)) * 32767), true);
    }
    return new Blob([view], { type: "audio/wav" });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-speak]").forEach(speak);
    for (const form of document.querySelectorAll("form[data-file]")) (form.querySelector("[data-record]") ? record : drop)(form);
  });
})();
