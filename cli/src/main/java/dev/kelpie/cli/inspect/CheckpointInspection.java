package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.files.InputFile;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.SafetensorsListing;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.FileTree;
import dev.kelpie.runs.Sizes;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.file.Manifest;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Inspects a checkpoint: a Hugging Face folder, or the {@code step-N} folder of a run. */
final class CheckpointInspection {
  private CheckpointInspection() {}

  /** A run's checkpoint: its files by its manifest, then the policy in it. */
  static Inspection ofRun(Path folder) {
    Inspection seen = new Inspection(folder, "checkpoint of a run");
    Path policy = CheckpointStore.policy(folder);
    seen.attempt(
        () -> {
          Manifest manifest = CheckpointStore.manifest(folder);
          ObjectNode facts = seen.facts();
          facts.put("format-version", Manifest.FORMAT);
          facts.put("step", manifest.facts().path("step").asLong());
          facts.put("bytes", Sizes.below(folder));
          facts.put("policy-sha256", manifest.facts().path("policy-sha256").asText());
          ArrayNode files = facts.putArray("files");
          for (Manifest.Entry entry : manifest.entries()) {
            FileInspection.add(seen, files, entry, manifest.check(entry));
          }
        });
    addModel(seen, policy, seen.facts().path("policy-sha256").asText());
    return seen;
  }

  /** A folder with config.json and weights. */
  static Inspection of(Path folder) {
    Inspection seen = new Inspection(folder, "checkpoint");
    seen.facts().put("bytes", Sizes.below(folder));
    seen.attempt(() -> addFiles(seen, folder));
    addModel(seen, folder, expectedHash(seen, folder));
    return seen;
  }

  /** Hash of the policy by the manifest of the checkpoint it belongs to; empty without one. */
  private static String expectedHash(Inspection seen, Path folder) {
    Path step = folder.toAbsolutePath().normalize().resolve("../..").normalize();
    String[] hash = {""};
    if (CheckpointStore.policy(step).equals(folder.toAbsolutePath().normalize())) {
      seen.attempt(
          () ->
              Manifest.in(step)
                  .ifPresent(
                      manifest -> hash[0] = manifest.facts().path("policy-sha256").asText()));
    }
    return hash[0];
  }

  /** Adds the files of a folder; links that lead out of it and what is no file are problems. */
  private static void addFiles(Inspection seen, Path folder) throws IOException {
    ArrayNode files = seen.facts().putArray("files");
    for (Path file : FileTree.list(folder).stream().sorted().toList()) {
      if (!Files.isDirectory(file)) {
        seen.attempt(() -> addFile(files, folder, file));
      }
    }
  }

  private static void addFile(ArrayNode files, Path folder, Path file) throws IOException {
    InputFile.requireInside(folder, file);
    files
        .addObject()
        .put("file", String.valueOf(file.getFileName()))
        .put("bytes", Sizes.of(file))
        .put("sha256", Sha256.of(file));
  }

  private static void addModel(Inspection seen, Path folder, String policySha256) {
    ObjectNode facts = seen.facts();
    seen.attempt(() -> addConfig(facts.putObject("config"), ModelConfig.open(folder)));
    seen.attempt(() -> addTokenizer(facts, folder));
    ModelFiles.add(seen, folder);
    seen.attempt(
        () -> {
          boolean has = ChatTemplate.open(folder).isPresent();
          boolean own = Files.isRegularFile(folder.resolve("chat_template.jinja"));
          facts.put(
              "chat-template",
              has ? (own ? "chat_template.jinja" : "tokenizer_config.json") : "none");
        });
    if (!seen.attempt(() -> addWeights(seen, folder, policySha256))) {
      seen.attempt(() -> addShards(seen, folder));
    }
  }

  private static void addConfig(ObjectNode node, ModelConfig config) {
    node.put("architecture", config.architecture());
    node.put("parameters", config.parameterCount());
    node.put("vocabulary", config.vocabularySize());
    node.put("hidden-size", config.hiddenSize());
    node.put("layers", config.layers());
    node.put("heads", config.heads());
    node.put("key-value-heads", config.keyValueHeads());
    node.put("head-size", config.headSize());
    node.put("intermediate-size", config.intermediateSize());
    node.put("tied-embeddings", config.tied());
    node.put("context", config.maxPositions());
  }

  private static void addTokenizer(ObjectNode facts, Path folder) {
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      ObjectNode node = facts.putObject("tokenizer");
      node.put("ids", tokenizer.vocabularySize());
      ArrayNode stops = node.putArray("stop-ids");
      for (int id : StopTokens.open(folder).ids().toArray()) {
        stops.add(id);
      }
    }
  }

  private static void addWeights(Inspection seen, Path folder, String policySha256) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      ObjectNode facts = seen.facts();
      String found = WeightHash.of(checkpoint);
      facts.put("policy-sha256", found);
      if (!policySha256.isEmpty()) {
        boolean same = found.equals(policySha256);
        facts.put("policy-sha256-by-manifest", same ? "the same" : policySha256);
        if (!same) {
          seen.problem(
              String.format(
                  Locale.ROOT,
                  "%s: policy-sha256 %s (expected: %s by %s)",
                  folder,
                  found,
                  policySha256,
                  Manifest.NAME));
        }
      }
      addTotals(facts, checkpoint.tensors());
      FileInspection.addTensors(facts, checkpoint.tensors());
    }
  }

  private static void addTotals(ObjectNode facts, List<WeightSnapshot.Tensor> tensors) {
    Map<String, Long> numbers = new TreeMap<>();
    tensors.forEach(tensor -> numbers.merge(tensor.dtype(), tensor.elements(), Long::sum));
    ObjectNode weights = facts.putObject("weights");
    weights.put("tensors", tensors.size());
    numbers.forEach((dtype, count) -> weights.put("numbers of " + dtype, count));
  }

  /** Adds the tensors of the shards that exist, when the checkpoint is not complete. */
  private static void addShards(Inspection seen, Path folder) throws IOException {
    FileTree.list(folder).stream()
        .filter(path -> String.valueOf(path.getFileName()).endsWith(".safetensors"))
        .sorted()
        .forEach(
            shard ->
                seen.attempt(
                    () -> {
                      InputFile.requireInside(folder, shard);
                      FileInspection.addTensors(seen, SafetensorsListing.of(shard));
                    }));
  }
}
