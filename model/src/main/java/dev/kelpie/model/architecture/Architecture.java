package dev.kelpie.model.architecture;

import java.util.List;
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
}
