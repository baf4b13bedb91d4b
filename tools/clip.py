"""Makes the test stream of the sandbox's media servers: `python -m tools.clip`, with a Chromium on the path.

The picture is drawn and recorded by the browser itself, so the clip is ours and plays there.
"""

import base64
import shutil
import sys

from playwright.sync_api import sync_playwright

from tools.sources import ROOT

TARGET = ROOT / "sandbox" / "nimble" / "static" / "clip.webm"
LENGTH_MS = 2000
DRAW = """
async (length) => {
  const canvas = document.createElement("canvas");
  canvas.width = 320;
  canvas.height = 180;
  const pen = canvas.getContext("2d");
  const colours = ["#e8e8e8", "#d9c84a", "#4ac6d9", "#4ad96a", "#c64ad9", "#d94a4a", "#4a62d9"];
  const began = performance.now();
  const draw = () => {
    const passed = (performance.now() - began) / length;
    colours.forEach((colour, place) => {
      pen.fillStyle = colour;
      pen.fillRect((place * 320) / 7, 0, 320 / 7 + 1, 150);
    });
    pen.fillStyle = "#14161c";
    pen.fillRect(0, 150, 320, 30);
    pen.fillStyle = "#ff5c8a";
    pen.fillRect(0, 150, 320 * passed, 30);
    pen.fillStyle = "#ffffff";
    pen.beginPath();
    pen.arc(160 + 100 * Math.cos(2 * Math.PI * passed), 75 + 50 * Math.sin(2 * Math.PI * passed), 16, 0, 2 * Math.PI);
    pen.fill();
  };
  draw();
  const drawing = setInterval(draw, 50);
  const form = { mimeType: "video/webm;codecs=vp8", videoBitsPerSecond: 40000 };
  const recorder = new MediaRecorder(canvas.captureStream(20), form);
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  setTimeout(() => recorder.stop(), length);
  await stopped;
  clearInterval(drawing);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}
"""


def main() -> int:
    """Record the clip anew, over the one that is there."""
    if (path := shutil.which("chromium")) is None:
        sys.stderr.write("there is no chromium on the path\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        recorded = browser.new_page().evaluate(DRAW, LENGTH_MS)
        browser.close()
    TARGET.write_bytes(base64.b64decode(recorded))
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
