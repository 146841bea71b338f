package dev.kelpie.model.architecture;

import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * One family of models: reads its {@code config.json} and knows its parameters. To add one, write
 * one class and add one line to {@link Architectures}.
 */
public interface Architecture {
  /** The class name that {@code architectures} in {@code config.json} has. */
  String name();

  /**
   * The {@code model_type}. Where {@code architectures} is missing, it names the first architecture
   * of the catalog that has it.
   */
  String modelType();

  /**
   * Shape and flags of the model.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException naming the key that is missing or not
   *     supported
   */
  ModelConfig read(ConfigJson json);

  /** Names of all parameters of a checkpoint with their shapes, in order of the names. */
  SortedMap<String, List<Long>> parameters(ModelConfig config);

  /** The names of the parts of a model. */
  DecoderNames names(ModelConfig config);

  /**
   * The name of a parameter that a checkpoint calls {@code stored}; older files of some families
   * leave out a prefix.
   */
  default String parameter(String stored) {
    return stored;
  }

  /** The name by which a checkpoint calls {@code parameter}. */
  default String stored(String parameter) {
    return parameter;
  }

  /** Whether {@code stored} is a constant that the configuration determines, not a parameter. */
  default boolean isBuffer(String stored) {
    return stored.endsWith(".rotary_emb.inv_freq"); // of old Llama checkpoints
  }

  /** The token that pads where {@code config.json} names none, as in transformers. */
  default OptionalInt padding() {
    return OptionalInt.empty();
  }
}
