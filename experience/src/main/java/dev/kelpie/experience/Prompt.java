package dev.kelpie.experience;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One prompt of a data set, rendered and encoded.
 *
 * @param id stable id within its data set: the row's own id, or FILE:LINE
 * @param text the text given to the model, the chat template applied
 * @param tokens the encoding of {@code text}
 * @param answer the reference answer that rewards compare with, if the data set has one
 * @param metadata every other column of the row, carried through to rewards and samples
 * @param responses responses that come with the row; they follow the sampled ones in their group
 * @param variants the prompt under the experiment's other templates, by their names
 */
public record Prompt(
    String id,
    String text,
    TokenIds tokens,
    Optional<String> answer,
    Map<String, String> metadata,
    List<GivenResponse> responses,
    Map<String, PromptVariant> variants) {
  public Prompt {
    Invariant.that(!id.isEmpty(), "prompt id is empty");
    Invariant.that(tokens.length() > 0, "prompt %s has no tokens", id);
    metadata = Map.copyOf(metadata);
    responses = List.copyOf(responses);
    variants = Map.copyOf(variants);
  }

  /** A prompt without variants. */
  public Prompt(
      String id,
      String text,
      TokenIds tokens,
      Optional<String> answer,
      Map<String, String> metadata,
      List<GivenResponse> responses) {
    this(id, text, tokens, answer, metadata, responses, Map.of());
  }

  /** A prompt whose row has no responses. */
  public Prompt(
      String id,
      String text,
      TokenIds tokens,
      Optional<String> answer,
      Map<String, String> metadata) {
    this(id, text, tokens, answer, metadata, List.of());
  }

  /** The same without the responses of its row. */
  public Prompt withoutResponses() {
    return responses.isEmpty()
        ? this
        : new Prompt(id, text, tokens, answer, metadata, List.of(), variants);
  }

  /** The same with another id. */
  public Prompt withId(String other) {
    return new Prompt(other, text, tokens, answer, metadata, responses, variants);
  }

  /** The same with other columns. */
  public Prompt withMetadata(Map<String, String> others) {
    return new Prompt(id, text, tokens, answer, others, responses, variants);
  }

  /** The same with variants. */
  public Prompt withVariants(Map<String, PromptVariant> others) {
    return new Prompt(id, text, tokens, answer, metadata, responses, others);
  }

  /** The tokens of a variant; without a name those of the prompt itself. */
  public TokenIds tokens(String variant) {
    return variant.isEmpty() ? tokens : variant(variant).tokens();
  }

  /** The text of a variant; without a name that of the prompt itself. */
  public String text(String variant) {
    return variant.isEmpty() ? text : variant(variant).text();
  }

  /** The same prompt with text and tokens of a variant; without a name the prompt itself. */
  public Prompt under(String variant) {
    return variant.isEmpty()
        ? this
        : new Prompt(id, text(variant), tokens(variant), answer, metadata, responses, variants);
  }

  /** The variant called {@code variant}. */
  public PromptVariant variant(String variant) {
    PromptVariant found = variants.get(variant);
    if (found == null) {
      throw new IllegalStateException(
          "prompt "
              + id
              + ": no variant "
              + variant
              + " (expected: one of "
              + variants.keySet()
              + ")");
    }
    return found;
  }
}
