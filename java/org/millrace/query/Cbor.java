package org.millrace.query;

import co.nstant.in.cbor.model.AbstractFloat;
import co.nstant.in.cbor.model.Array;
import co.nstant.in.cbor.model.DataItem;
import co.nstant.in.cbor.model.DoublePrecisionFloat;
import co.nstant.in.cbor.model.Map;
import co.nstant.in.cbor.model.Number;
import co.nstant.in.cbor.model.SimpleValue;
import co.nstant.in.cbor.model.UnicodeString;

import org.millrace.codec.CborCodec;
import org.millrace.codec.Kind;
import org.millrace.codec.Span;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;
import java.util.LinkedHashMap;

/** Values of CBOR records, through cbor-java; bytes, and what it refuses, are undefined. */
final class Cbor implements Field.Values {
    @Override
    public Object of(Span span) {
        if (span.kind() != Kind.OBJECT && span.kind() != Kind.ARRAY) {
            return Field.Values.simple(span);
        }
        try {
            return of(CborCodec.decode(span.block().asSlice(span.offset(), span.length())));
        } catch (MillraceException e) {
            return null;
        }
    }

    private static Object of(DataItem item) {
        return switch (item) {
            case UnicodeString text -> text.getString();
            case Number number -> number.getValue().doubleValue();
            case AbstractFloat number -> (double) number.getValue();
            case DoublePrecisionFloat number -> number.getValue();
            case SimpleValue simple -> simple(simple);
            case Array array -> {
                var list = new ArrayList<Object>();
                array.getDataItems().forEach(each -> list.add(of(each)));
                yield list;
            }
            case Map map -> {
                var object = new LinkedHashMap<String, Object>();
                map.getKeys().forEach(key -> object.put(Js.toText(of(key)), of(map.get(key))));
                yield object;
            }
            default -> null;
        };
    }

    private static Object simple(SimpleValue value) {
        return switch (value.getSimpleValueType()) {
            case TRUE -> Boolean.TRUE;
            case FALSE -> Boolean.FALSE;
            case NULL -> Js.NULL;
            default -> null;
        };
    }
}
