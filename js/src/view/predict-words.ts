// What a picture says that asks before it shows.

const EN = {
  predict: "Predict:",
  gradients: "which tensors will have something in .grad?",
  sharing: "which tensors look at the memory of {}?",
  versions: "whose version will have gone up?",
  how: "Click them in the picture or here; it may be none.",
  check: "Check and show",
  again: "Ask again",
  right: "Exactly.",
  missed: "Not chosen, but true: {}.",
  wrong: "Chosen, but not so: {}.",
  comma: ", ",
} as const;

export type PredictWords = { readonly [K in keyof typeof EN]: string };

const ZH: PredictWords = {
  predict: "先猜：",
  gradients: "哪些张量的 .grad 里会有梯度？",
  sharing: "哪些张量与 {} 共用同一块内存？",
  versions: "哪些张量的版本号会增加？",
  how: "在图中或这里点选；也可能一个都没有。",
  check: "核对并揭晓",
  again: "再猜一次",
  right: "全对。",
  missed: "漏选：{}。",
  wrong: "多选：{}。",
  comma: "、",
};

export const predictWords = (language: string | null | undefined): PredictWords =>
  language?.toLowerCase().startsWith("zh") ? ZH : EN;
