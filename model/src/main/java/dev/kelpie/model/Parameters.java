package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.ParameterLayout.Place;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.tensors.InferenceScope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * One float32 number per parameter of a model (the parameters themselves, their gradient, a moment
 * of the optimiser) in one flat tensor, reachable by parameter name.
 */
public final class Parameters implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final ParameterLayout layout;
  private final InferenceScope owner;
  private final NDArray flat;
  private final SortedMap<String, ByteBuffer> bytes;
  private final AtomicLong changes = new AtomicLong();

  private Parameters(
      ParameterLayout layout,
      InferenceScope owner,
      NDArray flat,
      SortedMap<String, ByteBuffer> bytes) {
    this.layout = layout;
    this.owner = owner;
    this.flat = flat;
    this.bytes = bytes;
  }

  /** Parameters that are all zero; the caller closes them. */
  public static Parameters zeros(ParameterLayout layout) {
    InferenceScope owner = InferenceScope.open();
    NDArray flat = owner.manager().zeros(new Shape(layout.size()), DataType.FLOAT32); // [size]
    SortedMap<String, ByteBuffer> bytes = new TreeMap<>();
    for (Map.Entry<String, Place> entry : layout.places().entrySet()) {
      Place place = entry.getValue();
      NDIndex range = new NDIndex("{}:{}", place.offset(), place.offset() + place.elements());
      try (NDArray part = flat.get(range)) { // [elements], a view
        bytes.put(entry.getKey(), part.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN));
      }
    }
    owner.cap();
    return new Parameters(layout, owner, flat, bytes);
  }

  /** Where each parameter lies. */
  public ParameterLayout layout() {
    return layout;
  }

  /** The flat tensor [layout.size()]; owned here. Who changes it asks for it anew each time. */
  public NDArray flat() {
    changes.incrementAndGet();
    return flat;
  }

  /** A number that is another one after each change: how often the memory was handed out. */
  public long changes() {
    return changes.get();
  }

  /**
   * The memory itself of the parameter called {@code name}; valid until {@link #close}. Who changes
   * it asks for it anew each time.
   */
  public ByteBuffer bytes(String name) {
    changes.incrementAndGet();
    ByteBuffer found = bytes.get(name);
    if (found == null) {
      throw new IllegalArgumentException("parameter: " + name + " (expected: one of the model's)");
    }
    return found.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A copy of the parameter called {@code name}, row-major. */
  public float[] values(String name) {
    FloatBuffer numbers = bytes(name).asFloatBuffer();
    float[] values = new float[numbers.remaining()];
    numbers.get(values);
    return values;
  }

  /**
   * Takes over the numbers of {@code weights}, widened to float32. Parameters the snapshot lacks
   * stay as they are; tensors this model lacks are left out.
   *
   * @throws CheckpointException when a shape differs
   */
  public void load(WeightSnapshot weights) {
    stream(weights, (numbers, target) -> target.put(numbers));
  }

  /**
   * Moves towards {@code weights}: {@code p = share p + (1 - share) w}, for the parameters that the
   * snapshot has.
   */
  public void blend(WeightSnapshot weights, double share) {
    float kept = (float) share;
    float taken = (float) (1 - share);
    stream(
        weights,
        (numbers, target) -> {
          while (numbers.hasRemaining()) {
            float old = target.get(target.position());
            target.put(kept * old + taken * numbers.get());
          }
        });
  }

  private void stream(WeightSnapshot weights, BiConsumer<FloatBuffer, FloatBuffer> sink) {
    for (Tensor tensor : weights.tensors()) {
      Place place = layout.places().get(tensor.name());
      if (place == null) {
        continue;
      }
      if (!place.shape().equals(tensor.shape())) {
        throw CheckpointException.of(
            "%s: shape %s (expected: %s)", tensor.name(), tensor.shape(), place.shape());
      }
      FloatBuffer target = bytes(tensor.name()).asFloatBuffer();
      weights.read(
          tensor,
          CHUNK_BYTES,
          chunk -> {
            ByteBuffer wide = Dtypes.convert(chunk, tensor.dtype(), "F32");
            sink.accept(wide.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer(), target);
          });
    }
  }

  /** These numbers as they are now, not copied: valid until they change. */
  public WeightSnapshot snapshot(String model, PolicyVersion version, Predicate<String> names) {
    return new MemorySnapshot(
        model,
        version,
        version.number() == 0 ? OptionalLong.empty() : OptionalLong.of(version.number() - 1),
        layout.shapes().entrySet().stream()
            .filter(entry -> names.test(entry.getKey()))
            .map(entry -> new Tensor(entry.getKey(), "F32", entry.getValue()))
            .toList(),
        this);
  }

  @Override
  public void close() {
    owner.close();
  }
}
