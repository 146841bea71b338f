package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderFamily.Traits;
import java.util.List;
import java.util.SortedMap;

/** A reward model on Llama: a score head without bias on the hidden state of the last token. */
final class LlamaReward implements Architecture {
  @Override
  public String name() {
    return "LlamaForSequenceClassification";
  }

  /** None: {@code model_type} cannot tell it from a language model. */
  @Override
  public String modelType() {
    return "";
  }

  @Override
  public ModelConfig read(ConfigJson json) {
    int named = json.has("id2label") ? json.size("id2label") : 2;
    return DecoderFamily.read(json, Traits.llama(name(), json, json.integer("num_labels", named)));
  }

  @Override
  public SortedMap<String, List<Long>> parameters(ModelConfig config) {
    return DecoderFamily.parameters(config);
  }
}
