package dev.kelpie.model.tokens;

import java.util.Set;

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

  /** Known and not read: they change neither ids nor text here, for the reason above each group. */
  static final Set<String> IGNORED =
      Set.of(
          // the post_processor of tokenizer.json decides, as in transformers
          "add_bos_token",
          "add_eos_token",
          // Kelpie has limits of its own and never cuts in silence
          "max_len",
          "max_length",
          "model_max_length",
          "stride",
          "truncation",
          "truncation_side",
          "truncation_strategy",
          // Kelpie pads its batches itself
          "pad_to_multiple_of",
          "pad_token_type_id",
          "padding",
          "padding_side",
          // read only by tokenizers that are written in Python
          "do_lower_case",
          "errors",
          "keep_accents",
          "remove_space",
          "sp_model_kwargs",
          "spaces_between_special_tokens",
          "strip_accents",
          "tokenize_chinese_chars",
          "use_default_system_prompt",
          // says how the file was made or loaded
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
          "vocab_file");

  private SettingKeys() {}
}
