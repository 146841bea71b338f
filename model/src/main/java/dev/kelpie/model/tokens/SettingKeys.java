package dev.kelpie.model.tokens;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is done with each key of {@code tokenizer_config.json}. */
final class SettingKeys {
  /** Read as transformers reads them. A name that ends in {@code _token} is read, too. */
  static final Set<String> READ =
      Set.of(
          "add_prefix_space",
          "added_tokens_decoder",
          "additional_special_tokens",
          "auto_map",
          "chat_template",
          "clean_up_tokenization_spaces",
          "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
          "extra_special_tokens",
          "fast_tokenizer_files",
          "fix_mistral_regex",
          "init_inputs",
          "legacy",
          "model_specific_special_tokens",
          "split_special_tokens",
          "tokenizer_class");

  /** Refused whatever they hold, unless they are null. */
  static final Set<String> REFUSED =
      Set.of(
          "gguf_file",
          "merges",
          "post_processor",
          "tokenizer_object",
          "tokenizer_padding",
          "tokenizer_truncation",
          "vocab");

  /** Known and not read: they change neither ids nor text here, for the reason given. */
  static final Map<String, String> IGNORED = ignored();

  private SettingKeys() {}

  private static Map<String, String> ignored() {
    Map<String, String> ignored = new TreeMap<>();
    String post = "the post_processor of tokenizer.json decides, as in transformers";
    ignored.put("add_bos_token", post);
    ignored.put("add_eos_token", post);
    String length = "Kelpie has limits of its own and never cuts in silence";
    for (String key :
        new String[] {
          "max_len", "max_length", "model_max_length", "stride", "truncation", "truncation_side"
        }) {
      ignored.put(key, length);
    }
    ignored.put("truncation_strategy", length);
    String padding = "Kelpie pads its batches itself";
    ignored.put("pad_to_multiple_of", padding);
    ignored.put("pad_token_type_id", padding);
    ignored.put("padding", padding);
    ignored.put("padding_side", padding);
    String other = "read only by tokenizers that are written in Python";
    for (String key :
        new String[] {
          "do_lower_case",
          "errors",
          "keep_accents",
          "remove_space",
          "sp_model_kwargs",
          "spaces_between_special_tokens",
          "strip_accents",
          "tokenize_chinese_chars",
          "use_default_system_prompt"
        }) {
      ignored.put(key, other);
    }
    String memo = "says how the file was made or loaded";
    for (String key :
        new String[] {
          "backend",
          "chat_control_tokens",
          "device_map",
          "files_loaded",
          "is_local",
          "local_files_only",
          "merges_file",
          "model_input_names",
          "name_or_path",
          "processor_class",
          "response_schema",
          "response_template",
          "special_tokens_map_file",
          "tokenizer_file",
          "trust_remote_code",
          "unk_id",
          "use_fast",
          "verbose",
          "vocab_file"
        }) {
      ignored.put(key, memo);
    }
    return Map.copyOf(ignored);
  }
}
