// What was chosen in the Loss panel; it is kept while the panel gives way to the Inspector.
export type Tab = "loss" | "gradients" | "weights" | "units" | "confusion";

export const kept = $state<{
  tab: Tab; log: boolean; accuracy: boolean; gradients: "norms" | "updates"; shared: boolean;
}>({ tab: "loss", log: false, accuracy: false, gradients: "norms", shared: true });
