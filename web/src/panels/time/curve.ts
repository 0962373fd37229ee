// The loss of every step above the slider, drawn from its pieces' lowest and highest values, so
// that no spike is lost.
import type { Frame } from "../../protocol.ts";

interface Room {
  width: number;
  height: number;
  /** x of a step. */
  at: (step: number) => number;
  /** The step that is shown: what comes after is faded. */
  now: number;
  colour: string;
}

export function drawCurve(canvas: HTMLCanvasElement, frame: Frame | null, room: Room): void {
  const { width, height } = room;
  const dense = window.devicePixelRatio || 1;
  const across = Math.round(width * dense), down = Math.round(height * dense);
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const ink = canvas.getContext("2d")!;
  ink.setTransform(dense, 0, 0, dense, 0, 0);
  ink.clearRect(0, 0, width, height);
  const step = frame?.arrays["step"]?.values;
  const low = frame?.arrays["low"]?.values, high = frame?.arrays["high"]?.values;
  if (!step || !low || !high || step.length === 0) return;
  const y = heights(low, high, height);
  ink.strokeStyle = room.colour;
  ink.lineWidth = 1;
  ink.lineJoin = "round";
  const split = room.at(room.now);
  for (const faded of [false, true]) {
    if (faded && split >= width) break;
    ink.save();
    ink.beginPath();
    if (faded) ink.rect(split, 0, width - split, height);
    else ink.rect(0, 0, split, height);
    ink.clip();
    ink.globalAlpha = faded ? 0.3 : 1;
    ink.beginPath();
    for (let i = 0; i < step.length; i++) {
      const x = room.at(step[i]!);
      ink.lineTo(x, y(low[i]!));
      if (high[i] !== low[i]) ink.lineTo(x, y(high[i]!));
    }
    ink.stroke();
    ink.restore();
  }
}

/** The height of a loss: about linear around its middle, ever flatter for a spike far above. */
function heights(low: ArrayLike<number>, high: ArrayLike<number>, height: number): (loss: number) => number {
  let top = 0, sum = 0, count = 0;
  for (let i = 0; i < high.length; i++) {
    if (!Number.isFinite(high[i]!)) continue;
    top = Math.max(top, high[i]!);
    sum += Math.log(Math.max(1e-12, 0.5 * (low[i]! + high[i]!)));
    count++;
  }
  const middle = 2 * Math.exp(sum / Math.max(1, count));
  const most = Math.log1p(top / middle) || 1;
  return (loss) => {
    const share = Number.isFinite(loss) ? Math.log1p(Math.max(0, loss) / middle) / most : 1;
    return height - 1 - share * (height - 2);
  };
}
