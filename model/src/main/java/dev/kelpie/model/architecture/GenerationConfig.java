package dev.kelpie.model.architecture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code generation_config.json}. Of it, Kelpie uses the tokens that end a response; how
 * tokens are drawn is decided by the experiment, so a key that would change which tokens are drawn
 * gives a warning.
 */
public final class GenerationConfig {
  static final String FILE = "generation_config.json";

  private static final String EXPERIMENT =
      "the experiment decides it: rollout.temperature, top-k, top-p, min-p, max-new-tokens and"
          + " group-size";
  private static final String NOT_DRAWN =
      "tokens are drawn from the model's own distribution, as rollout.* says";

  private GenerationConfig() {}

  /** The keys that are known and not read; also those of {@code config.json}. */
  static KnownKeys known() {
    return new KnownKeys()
        .ignoring(
            EXPERIMENT,
            "do_sample",
            "temperature",
            "top_k",
            "top_p",
            "min_p",
            "max_length",
            "max_new_tokens",
            "num_return_sequences")
        .ignoring(
            "says what Python's generate returns",
            "output_scores",
            "output_logits",
            "output_attentions",
            "output_hidden_states",
            "return_dict",
            "return_dict_in_generate")
        .ignoring(
            "steers how Python's generate computes, not what",
            "use_cache",
            "cache_implementation",
            "cache_config",
            "max_cache_len",
            "low_memory",
            "compile_config",
            "disable_compile",
            "prefill_chunk_size",
            "is_assistant",
            "num_assistant_tokens",
            "num_assistant_tokens_schedule",
            "assistant_confidence_threshold",
            "assistant_early_exit",
            "assistant_lookbehind",
            "target_lookbehind",
            "prompt_lookup_num_tokens",
            "max_matching_ngram_size",
            "speculation_type",
            "use_mtp",
            "continuous_batching_config")
        .ignoring(
            "matters to a search with beams only; num_beams is checked",
            "length_penalty",
            "early_stopping")
        .ignoring(
            "changes nothing where numbers are finite; those that are not stop a run",
            "remove_invalid_values",
            "renormalize_logits")
        .ignoring("the tokenizer and the template write what begins a prompt", "bos_token_id")
        .ignoring("Kelpie never pads what it computes with", "pad_token_id")
        .ignoring("says where the file comes from", "transformers_version", "_from_model_config")
        .ignoring("says where the file comes from", "_commit_hash")
        .ignoring(NOT_DRAWN, List.of("1"), "num_beams", "num_beam_groups", "typical_p")
        .ignoring(
            NOT_DRAWN,
            List.of("1"),
            "repetition_penalty",
            "encoder_repetition_penalty",
            "guidance_scale")
        .ignoring(
            NOT_DRAWN,
            List.of("0"),
            "diversity_penalty",
            "epsilon_cutoff",
            "eta_cutoff",
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "min_length",
            "min_new_tokens",
            "assistant_ensemble_weight")
        .ignoring(NOT_DRAWN, List.of("false"), "token_healing")
        .ignoring(
            NOT_DRAWN,
            List.of("null"),
            "bad_words_ids",
            "suppress_tokens",
            "begin_suppress_tokens",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "force_words_ids",
            "constraints",
            "sequence_bias",
            "exponential_decay_length_penalty",
            "penalty_alpha",
            "dola_layers",
            "top_h",
            "watermarking_config",
            "decoder_start_token_id")
        .ignoring(
            "responses end at tokens and at rollout.max-new-tokens only",
            List.of("null", "[]"),
            "stop_strings",
            "max_time");
  }

  static ConfigReading reading(Path file) {
    ConfigJson json = ConfigJson.open(file);
    String refusal = "";
    try {
      json.ids("eos_token_id");
    } catch (CheckpointException e) {
      refusal = String.valueOf(e.getMessage());
    }
    return known().reading(json, refusal);
  }

  /**
   * The {@code eos_token_id} of {@code generation_config.json}, a number or a list; where that file
   * is missing or says nothing, the one of {@code config.json}. Empty when neither has one.
   *
   * @throws CheckpointException if one of the files is broken
   */
  public static List<Integer> stops(Path folder) {
    List<Integer> ids = ownStops(folder);
    return ids.isEmpty() ? ConfigJson.open(folder.resolve("config.json")).ids("eos_token_id") : ids;
  }

  /** What a user must know about where responses end, if anything. */
  static Optional<String> noteOnStops(Path folder) {
    List<Integer> ids = stops(folder);
    if (ids.isEmpty()) {
      return Optional.of(
          "no eos_token_id in generation_config.json or config.json: every response runs to"
              + " rollout.max-new-tokens");
    }
    boolean fromConfig = ownStops(folder).isEmpty();
    return fromConfig && Files.exists(folder.resolve(FILE))
        ? Optional.of(
            "generation_config.json has no eos_token_id: responses end at "
                + ids
                + " of config.json; transformers would not end them")
        : Optional.empty();
  }

  private static List<Integer> ownStops(Path folder) {
    Path file = folder.resolve(FILE);
    return Files.exists(file) ? ConfigJson.open(file).ids("eos_token_id") : List.of();
  }
}
