package dev.kelpie.model.architecture;

/**
 * A reward model on Llama: a score head without bias on the hidden state of the last token. Its
 * model type is Llama's, so only {@code architectures} tells it from a language model.
 */
final class LlamaReward extends Llama {
  LlamaReward() {
    super("LlamaForSequenceClassification");
  }

  @Override
  int labels(ConfigJson json) {
    int labels = json.integer("num_labels", json.has("id2label") ? json.size("id2label") : 2);
    if (labels < 1) {
      throw json.error(
          json.isPresent("num_labels") ? "num_labels" : "id2label", "at least 1 label");
    }
    return labels;
  }
}
