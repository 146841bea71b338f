package dev.kelpie.model.architecture;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * The configuration of a reward model, as transformers writes it: {@code
 * XForSequenceClassification} with one label, or several, and the score head {@code score.weight}.
 */
public final class SequenceClassifier {
  private static final String CLASSIFIER = "ForSequenceClassification";
  private static final String PADDING = "pad_token_id";
  private static final String LABEL = "LABEL_";

  private SequenceClassifier() {}

  /** Whether {@code architecture} is the class name of a sequence classifier. */
  static boolean isName(String architecture) {
    return architecture.endsWith(CLASSIFIER);
  }

  /** The class name of the reward model on the trunk of {@code architecture}. */
  public static String name(String architecture) {
    return Architectures.classifier(architecture, CLASSIFIER);
  }

  /**
   * Turns {@code config}, that of a language model or of another reward model, into that of a
   * reward model.
   *
   * @param architecture the class name of the model that {@code config} is of
   * @param labels outputs of the score head
   * @param pad the padding token, which transformers needs to find the last token of a sequence
   */
  public static void describe(ObjectNode config, String architecture, int labels, int pad) {
    config.putArray("architectures").add(name(architecture));
    labels(config, labels);
    config.put(PADDING, pad);
  }

  /** Writes the names of {@code labels} outputs. */
  static void labels(ObjectNode config, int labels) {
    config.put("num_labels", labels);
    ObjectNode names = config.putObject("id2label");
    ObjectNode ids = config.putObject("label2id");
    for (int label = 0; label < labels; label++) {
      names.put(Integer.toString(label), LABEL + label);
      ids.put(LABEL + label, label);
    }
  }

  /** The {@code pad_token_id} of the folder's config.json, or else of generation_config.json. */
  public static OptionalInt padding(Path folder) {
    for (String name : List.of("config.json", GenerationConfig.FILE)) {
      Path file = folder.resolve(name);
      List<Integer> ids = Files.exists(file) ? ConfigJson.open(file).ids(PADDING) : List.of();
      if (ids.size() == 1 && ids.get(0) >= 0) {
        return OptionalInt.of(ids.get(0));
      }
    }
    return OptionalInt.empty();
  }
}
