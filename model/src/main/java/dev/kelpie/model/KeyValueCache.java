package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.TorchScript;

/**
 * Keys and values of all layers for the rows being generated, each [rows, K, columns, C]. Owns all
 * memory that outlives a script call.
 */
final class KeyValueCache implements AutoCloseable {
  private static final int BLOCK = 64; // columns

  private final InferenceScope owner = InferenceScope.open();
  private final TorchScript script;
  private final NDList keys = new NDList();
  private final NDList values = new NDList();
  private int columns;

  KeyValueCache(TorchScript script, ModelConfig config, int rows, int columns) {
    this.script = script;
    this.columns = roundedUp(columns);
    Shape shape = new Shape(rows, config.keyValueHeads(), this.columns, config.headSize());
    for (int l = 0; l < config.layers(); l++) {
      keys.add(owner.manager().zeros(shape, DataType.FLOAT32));
      values.add(owner.manager().zeros(shape, DataType.FLOAT32));
    }
  }

  NDList keys() {
    return keys;
  }

  NDList values() {
    return values;
  }

  /** Columns there is room for. */
  int columns() {
    return columns;
  }

  /** Keeps the given rows and their first {@code used} columns, with room for {@code needed}. */
  void keep(long[] rows, int used, int needed) {
    columns = roundedUp(needed);
    NDArray kept = owner.longs(rows, rows.length); // [rows']
    for (int l = 0; l < keys.size(); l++) { // one tensor at a time: two copies of all do not fit
      replace(keys, l, kept, used);
      replace(values, l, kept, used);
    }
    kept.close();
  }

  private void replace(NDList caches, int layer, NDArray kept, int used) {
    NDArray old = caches.get(layer);
    caches.set(layer, script.run(owner, "keep", old, kept, used, columns).get(0));
    old.close();
  }

  private static int roundedUp(int columns) {
    return (columns + BLOCK - 1) / BLOCK * BLOCK;
  }

  @Override
  public void close() {
    owner.close();
  }
}
