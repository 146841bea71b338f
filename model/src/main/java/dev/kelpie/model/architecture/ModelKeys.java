package dev.kelpie.model.architecture;

import java.util.List;

/** The keys of {@code config.json} that are known and that no architecture reads. */
final class ModelKeys {
  private static final String OTHER = "Kelpie computes the plain decoder of the family";

  private ModelKeys() {}

  /** The keys known for models of {@code type}. */
  static KnownKeys known(String type) {
    KnownKeys known = new KnownKeys().with(GenerationConfig.known()).with(general());
    return switch (type) {
      case "llama" ->
          known
              .ignoring(
                  "transformers' Llama has no windows", List.of("false"), "use_sliding_window")
              .ignoring("transformers' Llama has no windows", "max_window_layers");
      case "mistral" ->
          known.ignoring("Mistral has no biases", List.of("false"), "attention_bias", "mlp_bias");
      case "qwen2" ->
          known
              .ignoring("Qwen2 has biases on q, k and v, whatever this says", "attention_bias")
              .ignoring("Qwen2's MLP has no biases", List.of("false"), "mlp_bias");
      case "qwen3" -> known.ignoring("Qwen3's MLP has no biases", List.of("false"), "mlp_bias");
      case "smollm3" ->
          known.ignoring(
              "SmolLM3's windows are on the layers without rotary positions", "max_window_layers");
      case "gpt2" -> gpt2(known);
      case "gemma2", "gemma3_text" -> gemma(known);
      case "phi3" -> phi3(known);
      case "qwen3_moe" -> qwen3Moe(known);
      default -> known;
    };
  }

  private static KnownKeys gpt2(KnownKeys known) {
    return known
        .ignoring(
            "matters to heads of other tasks in Python",
            "summary_type",
            "summary_use_proj",
            "summary_activation",
            "summary_proj_to_labels",
            "summary_first_dropout")
        .ignoring("n_positions says it", "n_ctx")
        .ignoring("chooses the order of products, not a result", "reorder_and_upcast_attn")
        .ignoring("of the first GPT-2, read by nothing", "n_special", "predict_special_tokens")
        .ignoring("Kelpie trains a model's layers without dropout", List.of("0"), "attn_pdrop");
  }

  private static KnownKeys gemma(KnownKeys known) {
    return known
        .ignoring(
            "transformers reads hidden_activation",
            List.of("\"gelu_pytorch_tanh\"", "\"gelu\""),
            "hidden_act")
        .ignoring("layer_types says it", "_sliding_window_pattern")
        .ignoring("Gemma's MLP has no biases", List.of("false"), "mlp_bias");
  }

  private static KnownKeys phi3(KnownKeys known) {
    return known
        .ignoring(
            "Phi-3 has no biases", List.of("false"), "attention_bias", "mlp_bias", "lm_head_bias")
        .ignoring(OTHER, List.of("1"), "full_attn_mod", "interpolate_factor")
        .ignoring("transformers' Phi3 reads sliding_window alone", "use_sliding_window");
  }

  private static KnownKeys qwen3Moe(KnownKeys known) {
    return known
        .ignoring("transformers' Qwen3-MoE has one window", "max_window_layers")
        .ignoring("Qwen3-MoE's MLP has no biases", List.of("false"), "mlp_bias")
        .ignoring("there are no shared experts", List.of("0"), "shared_expert_intermediate_size")
        .ignoring(
            "Kelpie's objectives have no term for the load of experts", "router_aux_loss_coef")
        .ignoring(OTHER, List.of("false"), "output_router_logits");
  }

  private static KnownKeys general() {
    return new KnownKeys()
        .ignoring(
            "says where the checkpoint comes from",
            "_name_or_path",
            "name_or_path",
            "unsloth_version",
            "unsloth_fixed",
            "is_llama_config",
            "transformers.js_config")
        .ignoring(
            "each tensor has a type of its own; Kelpie computes in float32", "torch_dtype", "dtype")
        .ignoring(
            "chooses a kernel, not a result",
            "_attn_implementation",
            "attn_implementation",
            "_attn_implementation_autoset",
            "_flash_attn_2_enabled",
            "_experts_implementation",
            "experts_implementation",
            "gradient_checkpointing",
            "use_bfloat16",
            "torchscript",
            "tf_legacy_loss")
        .ignoring("cuts a product of matrices into slices with the same result", "pretraining_tp")
        .ignoring("matters to classifiers in Python only", "id2label", "label2id", "num_labels")
        .ignoring(
            "matters to tasks in Python only",
            "problem_type",
            "finetuning_task",
            "task_specific_params",
            "tokenizer_class",
            "prefix",
            "keys_to_ignore_at_inference",
            "tie_last_hidden_states",
            "is_decoder")
        .ignoring("chooses the class of the tokenizer", "model_name")
        .ignoring("the tokenizer and the template write it", "sep_token_id", "cls_token_id")
        .ignoring(
            "Kelpie trains a model's layers without dropout",
            List.of("0"),
            "attention_dropout",
            "dropout")
        .ignoring(
            "Kelpie trains a model's layers without dropout",
            List.of("0"),
            "hidden_dropout",
            "hidden_dropout_prob",
            "resid_pdrop",
            "embd_pdrop",
            "classifier_dropout")
        .ignoring(OTHER, List.of("0"), "chunk_size_feed_forward")
        .ignoring(OTHER, List.of("{}"), "pruned_heads")
        .ignoring(
            OTHER,
            List.of("false"),
            "add_cross_attention",
            "tie_encoder_decoder",
            "rope_interleaved",
            "use_mrope",
            "use_qk_norm",
            "qk_layernorm")
        .ignoring(
            "the code that comes with a checkpoint is never run; the model is read as its"
                + " architectures say",
            List.of("null"),
            "auto_map",
            "trust_remote_code",
            "custom_pipelines")
        .refusing("none; Kelpie reads F32, BF16 and F16 weights", "quantization_config")
        .refusing("none; Kelpie reads F32, BF16 and F16 weights", "compression_config")
        .refusing("none; Kelpie reads F32, BF16 and F16 weights", "quantization")
        .refusing("none; all layers of a model have one shape", "per_layer_config")
        .refusing("none; only a decoder alone is read", "text_config", "vision_config")
        .refusing("none; only a decoder alone is read", "audio_config", "is_encoder_decoder")
        .refusing("none; this file is the configuration", "configuration_files")
        .refusing("none; weights are in model.safetensors or in shards", "transformers_weights")
        .refusing("none; each key is read under its own name", "attribute_map");
  }
}
