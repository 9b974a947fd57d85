// The page "Try it": the network of the package finds targets in a picture, in the browser.
// Grey levels and targets follow `grey_values` and `find_targets` of mdp_plugin.
(() => {
  const RUNTIME = "https://cdn.jsdelivr.net/npm/onnxruntime-web@1.30.0/dist/";
  // Fetched from there, and refused by the browser if they are not these bytes.
  const MODULE = ["ort.wasm.bundle.min.mjs", "sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG"];
  const BINARY = ["ort-wasm-simd-threaded.wasm", "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM"];
  const LEAST_SIDE = 32;
  const MOST_PIXELS = 1920 * 1080; // as `mdpnet detect`, which cuts larger frames into tiles
  const STARTS = [[0, "\x89PNG\r\n\x1a\n"], [0, "\xff\xd8\xff"], [8, "WEBP"], [0, "BM"]];
  const MARK = "#ffb300";

  const element = (name) => document.getElementById(`try-${name}`);
  const say = (sentence) => { element("status").textContent = sentence; };
  const latin = (bytes) => String.fromCharCode(...bytes);

  /** A picture's pixels as levels 0 to 255, with what to draw; throws a sentence about a picture that the page cannot take. */
  async function readPicture(file) {
    const head = new Uint8Array(await file.slice(0, 32).arrayBuffer());
    if (!STARTS.some(([at, start]) => latin(head.slice(at, at + start.length)) === start))
      throw `"${file.name}" is no PNG, JPEG, WebP or BMP. "mdpnet detect" reads other kinds of pictures, and videos.`;
    if (head[0] === 0x89 && head[24] === 16)
      throw `"${file.name}" has 16 bits, of which a browser reads 8. "mdpnet demo" and "mdpnet detect" read all of them.`;
    const picture = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => {
      throw `"${file.name}" cannot be read as a picture; it may be damaged.`;
    });
    const { width, height } = picture;
    if (Math.min(width, height) < LEAST_SIDE)
      throw `"${file.name}" has ${width}x${height} pixels; the network needs ${LEAST_SIDE}x${LEAST_SIDE} or more.`;
    if (width * height > MOST_PIXELS)
      throw `"${file.name}" has ${width}x${height} pixels, too many for this page (1920x1080). "mdpnet detect" takes larger frames.`;
    const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const grey = new Float32Array(width * height);
    for (let i = 0; i < grey.length; i++) {
      if (data[4 * i + 3] < 255) throw `"${file.name}" is transparent in part. Save it without transparency.`;
      grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    }
    return { name: file.name, picture, width, height, grey };
  }

  /** Fields of a message of Protocol Buffers, the form of ONNX files: number and content of those that have a length. */
  function* fields(bytes) {
    let at = 0;
    const number = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = bytes[at++];
        value += (byte % 128) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const tag = number();
      if (tag % 8 === 2) {
        const end = number() + at;
        yield [Math.floor(tag / 8), bytes.subarray(at, end)];
        at = end;
      } else if (tag % 8 === 0) number();
      else at += tag % 8 === 1 ? 8 : 4;
    }
  }

  /** The description that mdp_plugin writes into an exported file. */
  function descriptionOf(onnx) {
    const METADATA = 14, KEY = 1, VALUE = 2;
    for (const [number, content] of fields(onnx)) {
      if (number !== METADATA) continue;
      const entry = new Map(fields(content));
      if (latin(entry.get(KEY)) === "mdp_plugin") return JSON.parse(new TextDecoder().decode(entry.get(VALUE)));
    }
    throw "The network's file has no description of mdp_plugin.";
  }

  async function fetchRuntime([name, integrity]) {
    try {
      return await (await fetch(RUNTIME + name, { integrity })).arrayBuffer();
    } catch {
      throw `onnxruntime-web cannot be loaded from ${new URL(RUNTIME).host}: there is no connection, it is blocked, ` +
        'or its content is not the expected one. Choose the picture again, or take "mdpnet demo".';
    }
  }

  async function fetchNetwork() {
    try {
      const answer = await fetch(document.querySelector('.md-content a[href$=".onnx"]').href);
      if (!answer.ok) throw answer.status;
      return new Uint8Array(await answer.arrayBuffer());
    } catch {
      throw location.protocol === "file:"
        ? 'A page that was opened from a folder may not read the network. Serve it: "python -m http.server --directory site".'
        : "The network cannot be loaded from this site. Load the page again.";
    }
  }

  /** The network, ready to run. */
  async function load() {
    const [code, wasmBinary, onnx] = await Promise.all([fetchRuntime(MODULE), fetchRuntime(BINARY), fetchNetwork()]);
    const { threshold } = descriptionOf(onnx);
    const ort = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    // In a worker, so that the page answers while it computes; several threads need headers that a plain server does not send.
    Object.assign(ort.env.wasm, { wasmBinary, proxy: true, numThreads: 1 });
    return { ort, threshold, session: await ort.InferenceSession.create(onnx) };
  }

  /** Connected parts (8 neighbours) above a threshold, with their centre weighted by probability. */
  function findTargets({ probability, width, height }, threshold) {
    const least = Math.fround(threshold);
    const seen = new Uint8Array(probability.length);
    const targets = [];
    for (let first = 0; first < probability.length; first++) {
      if (seen[first] || !(probability[first] > least)) continue;
      const target = { left: width, top: height, right: 0, bottom: 0, peak: 0 };
      let total = 0, sumX = 0, sumY = 0;
      const waiting = [first];
      seen[first] = 1;
      while (waiting.length) {
        const at = waiting.pop(), value = probability[at];
        const x = at % width, y = (at - x) / width;
        total += value, sumX += value * x, sumY += value * y;
        target.left = Math.min(target.left, x), target.right = Math.max(target.right, x);
        target.top = Math.min(target.top, y), target.bottom = Math.max(target.bottom, y);
        target.peak = Math.max(target.peak, value);
        for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++)
          for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
            const near = row * width + column;
            if (seen[near] || !(probability[near] > least)) continue;
            seen[near] = 1;
            waiting.push(near);
          }
      }
      targets.push({ ...target, x: sumX / total, y: sumY / total });
    }
    return targets.sort((one, other) => one.top - other.top || one.left - other.left);
  }

  /** The picture as wide as the page, its pixels as squares, with a numbered frame around each target. */
  function draw({ name, picture, width, height }, targets) {
    const canvas = element("picture");
    const shown = Math.min(element("result").clientWidth, (innerHeight * 0.8 * width) / height);
    const scale = shown / width, dots = devicePixelRatio;
    canvas.style.width = `${shown}px`;
    canvas.width = Math.round(shown * dots);
    canvas.height = Math.round(height * scale * dots);
    canvas.setAttribute("aria-label", `${name}, ${counted(targets.length)} marked`);
    const context = canvas.getContext("2d");
    context.scale(dots, dots);
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(picture, 0, 0, shown, height * scale);
    context.font = "bold 13px sans-serif";
    context.lineJoin = "round";
    targets.forEach(({ left, top, right, bottom }, index) => {
      const box = [left * scale - 5, top * scale - 5, (right - left + 1) * scale + 10, (bottom - top + 1) * scale + 10];
      const text = String(index + 1);
      const place = [Math.min(box[0] + box[2] + 3, shown - context.measureText(text).width - 2), Math.max(box[1] + 4, 13)];
      // Dark below bright, to be seen on any picture.
      for (const [colour, line] of [["#000", 4], [MARK, 1.5]]) {
        Object.assign(context, { strokeStyle: colour, lineWidth: line });
        context.strokeRect(...box);
      }
      Object.assign(context, { strokeStyle: "#000", lineWidth: 3, fillStyle: MARK });
      context.strokeText(text, ...place);
      context.fillText(text, ...place);
    });
  }

  const counted = (number) => (number === 1 ? "1 target" : `${number} targets`);

  let network = null, result = null;

  /** Targets above the slider's threshold: picture, table and sentence. */
  function show() {
    const threshold = element("threshold").valueAsNumber;
    result.targets = findTargets(result, threshold);
    element("value").textContent = threshold.toFixed(3);
    element("result").hidden = false;
    draw(result, result.targets);
    element("targets").replaceChildren(...result.targets.map(({ x, y, peak }, index) => {
      const row = document.createElement("tr");
      for (const text of [index + 1, x.toFixed(1), y.toFixed(1), peak.toFixed(3)]) row.insertCell().textContent = text;
      return row;
    }));
    say(`${counted(result.targets.length)} in ${result.width}x${result.height} pixels. ` +
      `The network took ${(result.milliseconds / 1000).toFixed(2)} s.`);
  }

  /** From a file to its targets. */
  async function detect(file) {
    if (!file) throw "No picture was chosen.";
    const frame = await readPicture(file);
    if (!network) {
      say("Loading the network and onnxruntime-web ...");
      network = await load();
      element("threshold").value = network.threshold;
    }
    say("Looking for targets ...");
    const { ort, session } = network;
    const frames = new ort.Tensor("float32", frame.grey, [1, frame.height, frame.width]);
    const start = performance.now();
    const { probability } = await session.run({ frames });
    result = { ...frame, probability: probability.data, milliseconds: performance.now() - start };
    window.tryIt = result; // for whoever wants to look at the probabilities
    show();
  }

  let turn = Promise.resolve();

  /** One picture after the other, however fast they are chosen. */
  function take(file) {
    element("result").hidden = true;
    turn = turn.then(async () => detect(await file)).catch((fault) => {
      element("file").value = ""; // so that the same file can be chosen again
      result = null;
      say(typeof fault === "string" ? fault : `The network cannot run in this browser: ${fault.message ?? fault}`);
    });
  }

  /** The scene of the page, as a file. */
  async function fetchScene(address) {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) throw "The scene cannot be loaded from this site. Choose a picture of your own.";
    return new File([await answer.blob()], address.split("/").pop());
  }

  element("file").addEventListener("change", ({ target }) => take(target.files[0]));
  element("scene").addEventListener("click", ({ target }) => {
    element("file").value = "";
    take(fetchScene(target.value));
  });
  element("threshold").addEventListener("input", show);
  addEventListener("resize", () => result && draw(result, result.targets));

  if (typeof WebAssembly === "undefined") {
    element("file").disabled = element("scene").disabled = true;
    say('This browser has no WebAssembly, or it is switched off. Take another one, or "mdpnet demo".');
  } else say("Choose a picture.");
})();
