import java.util.Map;
import java.util.TreeMap;
import org.millrace.codec.Message;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;

/** A view of somebody else's: how many messages of each type. */
public class TypeCount implements View {
    private final Map<String, Integer> counts = new TreeMap<>();
    private final ViewMethod.Value counted = options -> json();

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        if (message.type().isString()) {
            counts.merge(message.type().text(), 1, Integer::sum);
        }
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return Map.of("counts", counted);
    }

    @Override
    public void clear() {
        counts.clear();
    }

    private String json() {
        var json = new StringBuilder("{");
        counts.forEach((type, n) -> json.append(json.length() > 1 ? "," : "").append('"' + type + "\":" + n));
        return json.append('}').toString();
    }
}
