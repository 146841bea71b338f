package dev.kelpie.model.architecture;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The configuration of a process reward model, as transformers writes it: {@code
 * XForTokenClassification}, whose head {@code score.weight} with {@code score.bias} makes numbers
 * of the last hidden state of each token.
 */
public final class TokenClassifier {
  private static final String CLASSIFIER = "ForTokenClassification";

  private TokenClassifier() {}

  /** Whether {@code architecture} is the class name of a token classifier. */
  static boolean isName(String architecture) {
    return architecture.endsWith(CLASSIFIER);
  }

  /** The class name of the process reward model on the trunk of {@code architecture}. */
  public static String name(String architecture) {
    return Architectures.classifier(architecture, CLASSIFIER);
  }

  /**
   * Turns {@code config}, that of a language model or of another process reward model, into that of
   * a process reward model.
   *
   * @param architecture the class name of the model that {@code config} is of
   * @param labels outputs of the head
   */
  public static void describe(ObjectNode config, String architecture, int labels) {
    config.putArray("architectures").add(name(architecture));
    SequenceClassifier.labels(config, labels);
  }
}
