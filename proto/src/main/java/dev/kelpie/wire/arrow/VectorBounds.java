package dev.kelpie.wire.arrow;

import java.util.function.LongUnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Checks that the buffers of a loaded record batch hold what its columns say: the library reads
 * lengths and offsets as they are in the file, and reserves memory for them.
 */
final class VectorBounds {
  private final long mostValues;

  private VectorBounds(long mostValues) {
    this.mostValues = mostValues;
  }

  /**
   * Checks all columns of a batch whose buffers have {@code bytes} together.
   *
   * @throws IllegalArgumentException that names the first column which does not fit
   */
  static void require(VectorSchemaRoot batch, long bytes) {
    VectorBounds bounds = new VectorBounds(8 * bytes + 64);
    for (FieldVector column : batch.getFieldVectors()) {
      bounds.check(column, batch.getRowCount());
    }
  }

  private void check(FieldVector vector, long values) {
    require(values >= 0 && vector.getValueCount() == values, vector, "number of values");
    if (vector instanceof NullVector) {
      return;
    }
    requireBits(vector.getValidityBuffer(), values, vector);
    if (vector instanceof BitVector bits) {
      requireBits(bits.getDataBuffer(), values, vector);
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      long needed = Math.multiplyExact(values, fixed.getTypeWidth());
      require(fixed.getDataBuffer().capacity() >= needed, vector, "values");
    } else if (vector instanceof BaseVariableWidthVector text) {
      checkOffsets(text, values, text.getDataBuffer().capacity());
    } else if (vector instanceof BaseLargeVariableWidthVector text) {
      checkLargeOffsets(text, values, text.getDataBuffer().capacity());
    } else if (vector instanceof ListVector list) { // maps are lists too
      FieldVector items = list.getDataVector();
      checkInner(items);
      checkOffsets(list, values, items.getValueCount());
    } else if (vector instanceof LargeListVector list) {
      FieldVector items = list.getDataVector();
      checkInner(items);
      checkLargeOffsets(list, values, items.getValueCount());
    } else if (vector instanceof FixedSizeListVector list) {
      FieldVector items = list.getDataVector();
      checkInner(items);
      require(list.getListSize() >= 0, vector, "list size");
      long needed = Math.multiplyExact(values, list.getListSize());
      require(items.getValueCount() >= needed, vector, "items");
    } else if (vector instanceof StructVector struct) {
      for (FieldVector child : struct.getChildrenFromFields()) {
        check(child, values);
      }
    } else {
      throw new IllegalArgumentException(
          "column " + vector.getName() + " is " + vector.getField().getType());
    }
  }

  private void checkInner(FieldVector items) {
    require(items.getValueCount() <= mostValues, items, "number of items");
    check(items, items.getValueCount());
  }

  private static void requireBits(ArrowBuf bits, long values, FieldVector vector) {
    require(8 * bits.capacity() >= values, vector, "validity");
  }

  private static void checkOffsets(FieldVector vector, long values, long end) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    checkOffsets(vector, values, end, 4, at -> offsets.getInt(at));
  }

  private static void checkLargeOffsets(FieldVector vector, long values, long end) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    checkOffsets(vector, values, end, 8, offsets::getLong);
  }

  private static void checkOffsets(
      FieldVector vector, long values, long end, int width, LongUnaryOperator offset) {
    if (values == 0) {
      return;
    }
    require(vector.getOffsetBuffer().capacity() >= (values + 1) * width, vector, "offsets");
    long before = offset.applyAsLong(0);
    require(before >= 0, vector, "offsets");
    for (long i = 1; i <= values; i++) {
      long next = offset.applyAsLong(i * width);
      require(next >= before, vector, "offsets");
      before = next;
    }
    require(before <= end, vector, "offsets");
  }

  private static void require(boolean holds, FieldVector vector, String what) {
    if (!holds) {
      throw new IllegalArgumentException(
          "column " + vector.getName() + ": its " + what + " do not fit its buffers");
    }
  }
}
