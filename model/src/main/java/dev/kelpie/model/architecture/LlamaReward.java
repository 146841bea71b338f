package dev.kelpie.model.architecture;

/**
 * A reward model on Llama: a score head without bias on the hidden state of the last token. Has no
 * model type, because {@code model_type} cannot tell it from a language model.
 */
final class LlamaReward extends DecoderFamily {
  LlamaReward() {
    super("LlamaForSequenceClassification", "");
  }

  @Override
  int labels(ConfigJson json) {
    return json.integer("num_labels", json.has("id2label") ? json.size("id2label") : 2);
  }
}
