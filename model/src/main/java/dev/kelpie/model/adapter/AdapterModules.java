package dev.kelpie.model.adapter;

import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.DecoderNames.Layer;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The projections of a model that have an adapter, and the tensors of it.
 *
 * @param layers per layer the paths of q, k, v, output, gate, up and down, empty where the model
 *     lacks one or it has no adapter; a projection that is several of them counts as the first
 * @param saved the paths of embedding and head, empty where it is not trained in full
 * @param shapes names and shapes of the adapter's tensors, as PEFT names them
 */
public record AdapterModules(
    List<List<String>> layers, List<String> saved, SortedMap<String, List<Long>> shapes) {
  /** Projections of a layer. */
  public static final int SLOTS = 7;

  private static final String PREFIX = "base_model.model.";
  private static final String WEIGHT = ".weight";

  public AdapterModules {
    layers = List.copyOf(layers);
    saved = List.copyOf(saved);
    shapes = new TreeMap<>(shapes);
  }

  /**
   * The modules of {@code model} that {@code adapter} targets.
   *
   * @throws CheckpointException for a target that the model lacks, a model with experts, one that
   *     gives scores, or a module to save that is not its embedding or head
   */
  public static AdapterModules of(ModelConfig model, AdapterConfig adapter) {
    if (model.style().experts().isPresent() || model.labels() > 0) {
      throw CheckpointException.of(
          "adapter: %s (expected: a language model without experts)", model.architecture());
    }
    boolean transposed = model.names().transposed();
    SortedMap<String, List<Long>> parameters = model.parameters();
    SortedMap<String, List<Long>> shapes = new TreeMap<>();
    List<List<String>> layers = new ArrayList<>();
    TreeSet<String> projections = new TreeSet<>();
    TreeSet<String> unused = new TreeSet<>(adapter.targets().names());
    for (Layer layer : model.names().layers()) {
      List<String> slots = new ArrayList<>();
      for (String module : slots(layer)) {
        projections.add(module.substring(module.lastIndexOf('.') + 1));
        unused.removeIf(name -> AdapterTargets.covers(name, module));
        List<Long> shape = parameters.get(module + WEIGHT);
        if (shape == null || !adapter.targets().covers(module)) {
          slots.add("");
        } else {
          slots.add(module);
          long inputs = shape.get(transposed ? 0 : 1);
          long outputs = shape.get(transposed ? 1 : 0);
          shapes.put(down(module), List.of((long) adapter.rank(), inputs));
          shapes.put(up(module), List.of(outputs, (long) adapter.rank()));
        }
      }
      layers.add(List.copyOf(slots));
    }
    projections.remove("");
    if (!unused.isEmpty() || shapes.isEmpty()) {
      String wrong = unused.isEmpty() ? adapter.targets().pattern() : unused.first();
      throw CheckpointException.of(
          "targets: %s (expected: %s of %s, or a pattern of their paths)",
          wrong, String.join(", ", projections), model.architecture());
    }
    List<String> saved = saved(model, adapter.saved());
    for (String module : saved) {
      List<Long> shape = parameters.get(module + WEIGHT);
      if (shape != null) {
        shapes.put(saved(module), shape);
      }
    }
    return new AdapterModules(layers, saved, shapes);
  }

  /** The paths of embedding and head, empty for one that no entry names. */
  private static List<String> saved(ModelConfig model, List<String> entries) {
    List<String> modules = List.of(model.names().embedding(), model.names().head());
    for (String entry : entries) {
      if (model.tied()) {
        throw CheckpointException.of(
            "modules-to-save: %s (expected: none, because the head of this %s is tied to its"
                + " embedding, and training would part them)",
            entry, model.architecture());
      }
      if (modules.stream().noneMatch(module -> AdapterTargets.covers(entry, module))) {
        throw CheckpointException.of(
            "modules-to-save: %s (expected: %s or %s of %s)",
            entry,
            modules.get(0).substring(modules.get(0).lastIndexOf('.') + 1),
            modules.get(1),
            model.architecture());
      }
    }
    return modules.stream()
        .map(
            module ->
                entries.stream().anyMatch(entry -> AdapterTargets.covers(entry, module))
                    ? module
                    : "")
        .toList();
  }

  private static List<String> slots(Layer layer) {
    List<String> slots = new ArrayList<>();
    add(slots, layer.queryKeyValue(), 3);
    add(slots, List.of(layer.output()), 1);
    add(slots, layer.up(), 2);
    add(slots, layer.down(), 1);
    return slots;
  }

  private static void add(List<String> slots, List<String> modules, int count) {
    Stream.concat(modules.stream(), Stream.generate(() -> "")).limit(count).forEach(slots::add);
  }

  /** The name of A of {@code module}. */
  public static String down(String module) {
    return module.isEmpty() ? "" : PREFIX + module + ".lora_A.weight";
  }

  /** The name of B of {@code module}. */
  public static String up(String module) {
    return module.isEmpty() ? "" : PREFIX + module + ".lora_B.weight";
  }

  /** The name of the weight of {@code module} where it is trained in full. */
  public static String saved(String module) {
    return module.isEmpty() ? "" : PREFIX + module + WEIGHT;
  }

  /** The parameter that the tensor {@code name} stands for in full; none for one of A or B. */
  public static Optional<String> savedParameter(String name) {
    return name.startsWith(PREFIX) && !name.contains(".lora_")
        ? Optional.of(name.substring(PREFIX.length()))
        : Optional.empty();
  }

  /** The parameter that the tensor {@code down}, an A, belongs to; none for another tensor. */
  public static Optional<String> parameter(String down) {
    String end = ".lora_A.weight";
    return down.startsWith(PREFIX) && down.endsWith(end)
        ? Optional.of(down.substring(PREFIX.length(), down.length() - end.length()) + WEIGHT)
        : Optional.empty();
  }

  /** The name of B beside that of A. */
  public static String upOf(String down) {
    return down.substring(0, down.length() - ".lora_A.weight".length()) + ".lora_B.weight";
  }

  /** The first tensor of {@code found} that is not one of these, or lacks, with its shapes. */
  public Optional<String> difference(Map<String, List<Long>> found) {
    for (Map.Entry<String, List<Long>> wanted : shapes.entrySet()) {
      List<Long> shape = found.get(wanted.getKey());
      if (!wanted.getValue().equals(shape)) {
        return Optional.of(
            wanted.getKey()
                + (shape == null ? ": missing" : ": shape " + shape)
                + " (expected: "
                + wanted.getValue()
                + ")");
      }
    }
    return found.keySet().stream()
        .filter(name -> !shapes.containsKey(name))
        .findFirst()
        .map(name -> name + ": not a tensor of this adapter (expected: none of that name)");
  }
}
