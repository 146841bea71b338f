package dev.kelpie.rollout.rows;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.NumericNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A number of a row with the text that the file has for it: {@code 10000000.0} stays that and does
 * not become {@code 1.0E7}. Its value is computed only when it is asked for.
 */
final class WrittenNumber extends NumericNode {
  private static final long serialVersionUID = 1;

  private final String text;
  private final boolean whole;

  /**
   * A number written as {@code text}.
   *
   * @param whole without a fraction or an exponent
   */
  WrittenNumber(String text, boolean whole) {
    this.text = text;
    this.whole = whole;
  }

  @Override
  public String asText() {
    return text;
  }

  @Override
  public boolean isIntegralNumber() {
    return whole;
  }

  @Override
  public boolean isFloatingPointNumber() {
    return !whole;
  }

  @Override
  public JsonToken asToken() {
    return whole ? JsonToken.VALUE_NUMBER_INT : JsonToken.VALUE_NUMBER_FLOAT;
  }

  @Override
  public JsonParser.NumberType numberType() {
    return whole ? JsonParser.NumberType.BIG_INTEGER : JsonParser.NumberType.BIG_DECIMAL;
  }

  @Override
  public Number numberValue() {
    return whole ? bigIntegerValue() : Double.valueOf(doubleValue());
  }

  @Override
  public int intValue() {
    return (int) doubleValue();
  }

  @Override
  public long longValue() {
    return whole ? bigIntegerValue().longValue() : (long) doubleValue();
  }

  @Override
  public double doubleValue() {
    return Double.parseDouble(text);
  }

  @Override
  public BigDecimal decimalValue() {
    return new BigDecimal(text);
  }

  @Override
  public BigInteger bigIntegerValue() {
    return new BigInteger(text);
  }

  @Override
  public boolean canConvertToInt() {
    return doubleValue() >= Integer.MIN_VALUE && doubleValue() <= Integer.MAX_VALUE;
  }

  @Override
  public boolean canConvertToLong() {
    return doubleValue() >= Long.MIN_VALUE && doubleValue() < Long.MAX_VALUE;
  }

  @Override
  public void serialize(JsonGenerator to, SerializerProvider provider) throws IOException {
    to.writeNumber(text);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WrittenNumber number && number.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
