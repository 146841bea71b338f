package dev.kelpie.rollout;

import java.util.StringJoiner;

/** A tokenizer file with one token per printable ASCII character. */
final class CharacterTokenizer {
  /** The id that is put before every text. */
  static final int FIRST = 0;

  private CharacterTokenizer() {}

  static String json() {
    StringJoiner vocabulary = new StringJoiner(", ", "{\"<s>\": 0, ", "}");
    for (char c = ' '; c <= '~'; c++) {
      String escaped = c == '"' || c == '\\' ? "\\" + c : String.valueOf(c);
      vocabulary.add("\"" + escaped + "\": " + (c - ' ' + 1));
    }
    return """
    {"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
     "added_tokens": [{"id": 0, "content": "<s>", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true}],
     "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated",
       "invert": false},
     "post_processor": {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
         {"Sequence": {"id": "A", "type_id": 0}}],
       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
     "decoder": {"type": "Fuse"},
     "model": {"type": "WordLevel", "unk_token": "?", "vocab":
    """
        + vocabulary
        + "}}";
  }
}
