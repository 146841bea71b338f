package dev.kelpie.rollout;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.DecodeModel;
import dev.kelpie.model.Kernels;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.BaseHash;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.tensors.NativeMemory;
import dev.kelpie.tensors.NativeThread;
import dev.kelpie.tensors.ThreadLanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Generates in this process, by TorchScript under DJL, on native threads of its own.
 *
 * <p>A batch is cut by its prompts into parts, and each lane decodes one of them with a share of
 * the threads: that scales better than splitting every operation, which costs a meeting of all
 * threads. A small model has a lane for every thread. A large model has two at most, because each
 * of them reads all of its weights from memory at every step, and a batch of few rows, which waits
 * for that memory only, is not cut. How a batch is cut depends on its own size and the number of
 * threads only, which is part of a run's identity.
 */
public final class DjlRolloutEngine implements RolloutEngine {
  private static final int STEPS_PER_CALL = 8; // an ended row draws at most 7 tokens for nothing
  private static final int STEPS_ALONE = 1; // a chat shows each token as it comes
  private static final int LARGE_LANES = 2;
  private static final int LARGE_ROWS = 8; // fewer rows of a large model are not worth a lane

  private final Path policyFolder;
  private String baseHash = ""; // of the weights in it, once an adapter asks for it
  private final ModelConfig config;
  private final Map<String, DecodeModel> others = new ConcurrentHashMap<>(); // as model
  private final Tokenizer tokenizer;
  private final StopTokens stops;
  private final RolloutOptions options;
  private final boolean small; // the model's weights stay in caches
  private final ThreadLanes lanes;
  private final NativeThread whole; // loads, and decodes a batch that is not cut
  private @Nullable Kernels program; // on the whole thread only
  private volatile @Nullable DecodeModel model; // changed on the whole thread only

  private DjlRolloutEngine(
      Path policyFolder, Tokenizer tokenizer, StopTokens stops, RolloutOptions options) {
    this.policyFolder = policyFolder;
    this.config = ModelConfig.open(policyFolder);
    this.tokenizer = tokenizer;
    this.stops = stops;
    this.options = options;
    this.small = config.fitsCaches();
    int count = lanes(small, options.threads());
    boolean apart = !small && count > 1; // the lanes have a share of the threads each
    this.lanes = ThreadLanes.start("kelpie-rollout", apart ? 1 : 0, count, options.threads());
    this.whole =
        apart ? NativeThread.start("kelpie-rollout-0", options.threads()) : lanes.thread(0);
  }

  /**
   * An engine without weights.
   *
   * @param policyFolder checkpoint folder whose configuration, tokenizer and stop tokens are used
   */
  public static DjlRolloutEngine open(Path policyFolder, RolloutOptions options) {
    return new DjlRolloutEngine(
        policyFolder, Tokenizer.open(policyFolder), StopTokens.open(policyFolder), options);
  }

  @Override
  public Optional<PolicyVersion> version() {
    DecodeModel serving = model;
    return serving == null ? Optional.empty() : Optional.of(serving.version());
  }

  @Override
  public void load(WeightSnapshot weights) {
    whole.run(
        () -> {
          DecodeModel loaded = decodeModel(weights);
          closeModel();
          model = loaded;
          NativeMemory.trim();
        });
  }

  /** The model of {@code weights}; an adapter is merged into the policy's own folder. */
  private DecodeModel decodeModel(WeightSnapshot weights) {
    if (!AdapterWeights.are(weights)) {
      return DecodeModel.load(program(), config, weights);
    }
    requireBase(AdapterWeights.base(weights));
    try (Checkpoint base = Checkpoint.open(policyFolder)) {
      return DecodeModel.load(program(), config, PolicyWeights.merged(base, weights));
    }
  }

  /** Checks the weights in the policy's folder by their hash, which is computed once. */
  private void requireBase(String hash) {
    if (hash.isEmpty()) {
      return;
    }
    if (baseHash.isEmpty()) {
      baseHash = BaseHash.of(policyFolder);
    }
    if (!hash.equals(baseHash)) {
      throw CheckpointException.of(
          "policy.path: %s has other weights than on the learner's host (expected: the base of the"
              + " adapter)",
          policyFolder);
    }
  }

  @Override
  public void loadModel(String name, Optional<Path> folder, WeightSnapshot weights) {
    ModelConfig other = folder.map(ModelConfig::open).orElse(config);
    whole.run(
        () -> {
          DecodeModel old = others.put(name, DecodeModel.load(program(), other, weights));
          if (old != null) {
            old.close();
          }
          NativeMemory.trim();
        });
  }

  @Override
  public void loadModel(String name, Optional<Path> folder) {
    try (Checkpoint weights = Checkpoint.open(folder.orElse(policyFolder))) {
      loadModel(name, folder, weights);
    }
  }

  @Override
  public void keepModels(Set<String> names) {
    whole.run(
        () ->
            others
                .entrySet()
                .removeIf(
                    other -> {
                      boolean needless = !names.contains(other.getKey());
                      if (needless) {
                        other.getValue().close();
                      }
                      return needless;
                    }));
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, MemberDraws member, Progress progress) {
    DecodeModel other = others.get(member.model());
    if (other == null) {
      throw new IllegalStateException(
          member.model() + ": not loaded (expected: the model of member " + member.member() + ")");
    }
    int firstSample = unit.samplesPerPrompt();
    for (MemberDraws before : unit.members()) {
      if (before.member().equals(member.member())) {
        break;
      }
      firstSample += before.count();
    }
    RolloutUnit draws =
        new RolloutUnit(
            unit.id(),
            unit.firstIndex(),
            unit.prompts().stream().map(prompt -> prompt.under(member.variant())).toList(),
            member.count(),
            member.sampling(),
            TokenIds.empty(),
            unit.seed(),
            unit.version());
    BatchDecoder decoder =
        member.coef().isPresent()
            ? mixture(serving(unit), other, member.coef().getAsDouble(), firstSample)
            : new BatchDecoder(other::begin, stops, STEPS_PER_CALL, firstSample);
    int sample = firstSample;
    return decode(draws, decoder, progress).stream()
        .map(row -> row.trajectory(unit, member, sample, versions(unit, member, row), tokenizer))
        .toList();
  }

  private BatchDecoder mixture(DecodeModel policy, DecodeModel other, double coef, int sample) {
    return new BatchDecoder(
        (prompts, samples, sampling, ends) ->
            policy.beginMixture(other, coef, prompts, samples, sampling, ends),
        stops,
        1,
        sample);
  }

  /** The version of the policy that drew a member's response; none for another model. */
  private static TokenVersions versions(RolloutUnit unit, MemberDraws member, RowRecord row) {
    if (member.coef().isPresent()) {
      return TokenVersions.uniform(unit.version(), row.length());
    }
    Optional<PolicyVersion> version =
        member.model().equals(MemberDraws.INITIAL)
            ? Optional.of(new PolicyVersion(0))
            : member.version();
    return version
        .map(drawn -> TokenVersions.uniform(drawn, row.length()))
        .orElse(TokenVersions.of());
  }

  private DecodeModel serving(RolloutUnit unit) {
    DecodeModel serving = model;
    if (serving == null || !serving.version().equals(unit.version())) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "weights: %s (expected: %s)",
              serving == null ? "none loaded" : serving.version(),
              unit.version()));
    }
    return serving;
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    DecodeModel serving = serving(unit);
    int steps = unit.draws() == 1 ? STEPS_ALONE : STEPS_PER_CALL;
    BatchDecoder decoder = new BatchDecoder(serving, stops, steps);
    return decode(unit, decoder, progress).stream()
        .map(row -> row.trajectory(unit, serving.version(), tokenizer))
        .toList();
  }

  /** The drawn rows of {@code unit}, which is cut into parts. */
  private List<RowRecord> decode(RolloutUnit unit, BatchDecoder decoder, Progress progress) {
    int prompts = unit.prompts().size();
    int parts = parts(small, options.threads(), prompts, unit.draws());
    JointProgress joint = new JointProgress(progress, unit.draws(), parts);
    List<Callable<List<RowRecord>>> work = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      int from = prompts * part / parts;
      int to = prompts * (part + 1) / parts;
      Progress ofPart = joint.part(part);
      work.add(() -> decoder.decode(unit, from, to, ofPart));
    }
    List<List<RowRecord>> rows =
        parts == 1 ? NativeThread.callAll(List.of(whole), work) : lanes.callAll(work);
    return rows.stream().flatMap(List::stream).toList();
  }

  private static int lanes(boolean small, int threads) {
    return small ? threads : Math.min(threads, LARGE_LANES);
  }

  /**
   * Number of parts that a batch of {@code prompts} with {@code rows} responses in all is cut into.
   */
  static int parts(boolean small, int threads, int prompts, int rows) {
    int most = Math.min(lanes(small, threads), prompts);
    return Math.max(1, Math.min(most, small ? rows : rows / LARGE_ROWS));
  }

  @Override
  public void release() {
    whole.run(this::closeModel);
    keepModels(Set.of());
  }

  @Override
  public void close() {
    whole.run(
        () -> {
          closeModel();
          others.values().forEach(DecodeModel::close);
          if (program != null) {
            program.close();
          }
        });
    whole.close();
    lanes.close();
    tokenizer.close();
  }

  /** The generation program, compiled once for all versions. */
  private Kernels program() {
    Kernels compiled = program;
    if (compiled == null) {
      compiled = Kernels.load(options.precision());
      program = compiled;
    }
    return compiled;
  }

  private void closeModel() {
    DecodeModel old = model;
    model = null;
    if (old != null) {
      old.close();
    }
  }
}
