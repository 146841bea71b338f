package dev.kelpie.learner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.learner.state.StateFile;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A learner's state in a folder, from which a run resumes bit for bit: {@code policy/}, a
 * checkpoint that transformers loads, or an adapter that PEFT loads; {@code optimizer.safetensors},
 * the moments and what no checkpoint holds (value head, critic); {@code process-reward/}, a
 * checkpoint of the process reward model; {@code learner.json}, the counters. Random orders depend
 * on seed and step alone, so they have no state.
 *
 * @param folder the folder
 * @param policy the policy with its optimiser
 * @param critic the separate value model with its optimiser
 * @param processReward the process reward model with its optimiser
 * @param onlineReward the reward model that learns from judgements, with its optimiser
 * @param adapter the settings of the policy's adapter, which alone is written then
 * @param source folder whose configuration and tokenizer the policy's checkpoint gets
 */
record RunCheckpoint(
    Path folder,
    TrainedModel policy,
    Optional<TrainedModel> critic,
    Optional<ProcessRewardModel> processReward,
    Optional<TrainedModel> onlineReward,
    Optional<AdapterConfig> adapter,
    Path source) {
  private static final String PROCESS_REWARD = "process-reward";
  private static final String ONLINE_REWARD = "online-reward";
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The state that is not a tensor. */
  record State(long version, double klCoefficient, Map<String, Double> carried) {
    State {
      carried = Map.copyOf(carried);
    }
  }

  private record Written(
      int format,
      long version,
      double klCoefficient,
      long policyUpdates,
      long valueUpdates,
      @Nullable Long processRewardUpdates,
      @Nullable Long onlineRewardUpdates,
      @Nullable String base,
      @Nullable Map<String, Double> carried) {}

  void save(State state) {
    try {
      PolicyVersion version = new PolicyVersion(state.version());
      WeightSnapshot weights = policy.model().snapshot("policy", version);
      PolicyAdapter.write(folder.resolve("policy"), weights, adapter, source);
      processReward.ifPresent(
          model ->
              Checkpoint.write(
                  folder.resolve(PROCESS_REWARD), model.snapshot(), "F32", model.source()));
      StateFile.write(folder.resolve("optimizer.safetensors"), tensors());
      Written written =
          new Written(
              FORMAT,
              state.version(),
              state.klCoefficient(),
              policy.optimizer().step(),
              critic.map(model -> model.optimizer().step()).orElse(0L),
              processReward.map(ProcessRewardModel::version).orElse(null),
              onlineReward.map(model -> model.optimizer().step()).orElse(null),
              adapter.map(own -> AdapterWeights.base(weights)).orElse(null),
              new TreeMap<>(state.carried()));
      ObjectNode fields = JSON.valueToTree(written);
      if (processReward.isEmpty()) {
        fields.remove("processRewardUpdates");
      }
      if (onlineReward.isEmpty()) {
        fields.remove("onlineRewardUpdates");
      }
      if (adapter.isEmpty()) {
        fields.remove("base");
      }
      if (state.carried().isEmpty()) {
        fields.remove("carried");
      }
      Files.writeString(
          folder.resolve("learner.json"),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n");
    } catch (IOException e) {
      throw new CheckpointException(
          folder + " cannot be written: " + e.getMessage() + " (expected: room for a checkpoint)",
          e);
    }
  }

  State restore() {
    Path file = folder.resolve("learner.json");
    Written written;
    try {
      written = JSON.readValue(InputFile.readBytes(file, MOST_BYTES), Written.class);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e, e);
    }
    if (written.format() != FORMAT) {
      throw new CheckpointException(
          file + ": format: " + written.format() + " (expected: " + FORMAT + ")");
    }
    if (adapter.isPresent()) {
      requireBase(written.base());
      PolicyAdapter.load(folder.resolve("policy"), adapter.get(), policy.model());
    } else {
      load("policy", policy);
    }
    processReward.ifPresent(model -> load(PROCESS_REWARD, model.trained()));
    StateFile.read(folder.resolve("optimizer.safetensors"), tensors());
    policy.optimizer().resumeAt(written.policyUpdates());
    critic.ifPresent(model -> model.optimizer().resumeAt(written.valueUpdates()));
    Long updates = written.processRewardUpdates();
    if (updates != null) {
      processReward.ifPresent(model -> model.trained().optimizer().resumeAt(updates));
    }
    Long judged = written.onlineRewardUpdates();
    if (judged != null) {
      onlineReward.ifPresent(model -> model.optimizer().resumeAt(judged));
    }
    Map<String, Double> carried = written.carried();
    return new State(
        written.version(), written.klCoefficient(), carried == null ? Map.of() : carried);
  }

  /** The adapter was trained on the base that {@code policy.path} has now. */
  private void requireBase(@Nullable String trained) {
    String now = AdapterWeights.base(policy.model().snapshot("policy", new PolicyVersion(0)));
    if (!now.equals(trained)) {
      throw CheckpointException.of(
          "%s: the adapter of another base than the weights in policy.path (expected: base %s)",
          folder, trained);
    }
  }

  private void load(String name, TrainedModel model) {
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(name))) {
      model.model().parameters().load(checkpoint);
    }
  }

  /** By prefix; of the policy's own parameters only the value head is here. */
  private Map<String, StateFile.Part> tensors() {
    Map<String, StateFile.Part> parts = new TreeMap<>();
    parts.put(
        "policy",
        new StateFile.Part(policy.model().parameters(), name -> name.startsWith("v_head.")));
    add(parts, "policy", policy);
    critic.ifPresent(
        model -> {
          parts.put("value", StateFile.Part.all(model.model().parameters()));
          add(parts, "value", model);
        });
    processReward.ifPresent(model -> add(parts, PROCESS_REWARD, model.trained()));
    onlineReward.ifPresent(
        model -> {
          parts.put(ONLINE_REWARD, StateFile.Part.all(model.model().parameters()));
          add(parts, ONLINE_REWARD, model);
        });
    return parts;
  }

  private static void add(Map<String, StateFile.Part> parts, String name, TrainedModel model) {
    Parameters mean = model.optimizer().mean();
    Parameters square = model.optimizer().square();
    parts.put(name + ".mean", StateFile.Part.all(mean));
    parts.put(name + ".square", StateFile.Part.all(square));
  }
}
