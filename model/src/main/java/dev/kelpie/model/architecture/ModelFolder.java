package dev.kelpie.model.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Names folders that hold something else than a whole model in Hugging Face's format. */
final class ModelFolder {
  private static final String ADAPTER = "adapter_config.json";

  private ModelFolder() {}

  /**
   * Checks that {@code folder} may hold a model.
   *
   * @throws CheckpointException naming what it holds instead
   */
  static void require(Path folder) {
    if (Files.exists(folder.resolve(ADAPTER))) {
      throw CheckpointException.of(
          "%s: a PEFT adapter, which has %s (expected: a whole model, such as %s with the adapter"
              + " merged into it: merge_and_unload() and save_pretrained() of PEFT)",
          folder, ADAPTER, base(folder.resolve(ADAPTER)));
    }
    if (Files.exists(folder.resolve("config.json"))) {
      return;
    }
    if (Files.exists(folder.resolve("model_index.json"))) {
      throw CheckpointException.of(
          "%s: a diffusers pipeline, which has model_index.json (expected: a language model with"
              + " config.json)",
          folder);
    }
    named(folder, ".gguf")
        .ifPresent(
            file -> {
              throw CheckpointException.of(
                  "%s: no config.json, only %s in llama.cpp's format (expected: the model that it"
                      + " was made from, with config.json and model.safetensors)",
                  folder, file);
            });
  }

  private static String base(Path adapter) {
    try {
      String name = ConfigJson.open(adapter).text("base_model_name_or_path", "");
      return name.isEmpty() ? "its base model" : name;
    } catch (CheckpointException e) {
      return "its base model";
    }
  }

  private static Optional<String> named(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(ending))
          .sorted()
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // the missing config.json is reported
    }
  }
}
