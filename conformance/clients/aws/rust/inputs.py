"""Prints, for src/bounds.rs, how the input of each operation is made of JSON with the SDK's own builders, from the model."""

import pathlib
import sys

from botocore import xform_name

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
# pylint: disable=wrong-import-position
from published import MODEL, OPERATIONS

shapes = {}


def reach(shape):
    """Notes the structures and the enumerations in a shape."""
    if shape.type_name == "structure" or getattr(shape, "enum", None):
        shapes[shape.name] = shape
    for inside in shape.members.values() if shape.type_name == "structure" else [shape.member] if shape.type_name == "list" else []:
        reach(inside)


def members(shape):
    """A call of a builder for each member."""
    return "".join(f"\n            .set_{xform_name(name)}(member(input, \"{name}\")?)" for name in shape.members)


arms, errors = [], set()
for operation in OPERATIONS:
    model = MODEL.operation_model(operation)
    errors.update(shape.name for shape in model.error_shapes)
    for member in model.input_shape.members.values():
        reach(member)
    arms.append(f'''        "{operation}" => answer(client
            .{xform_name(operation)}(){members(model.input_shape)}
            .send()),''')
print("fn call<'a>(client: &Client, operation: &str, input: &Document) -> Result<Answering<'a>, Refused> {\n    Ok(match operation {")
print(*arms, sep="\n")
print('        _ => return Err(Refused(format!("no operation {operation}"))),\n    })\n}')
for name, shape in sorted(shapes.items()):
    print(f"\nimpl Held for types::{name} {{\n    fn held(input: &Document) -> Result<Self, Refused> {{")
    if shape.type_name == "structure":
        # A builder refuses to make what lacks something required, except a structure.
        built = "?" if any(shape.members[m].type_name != "structure" for m in shape.required_members) else ""
        print(f"        object(input)?;\n        Ok(types::{name}::builder(){members(shape)}\n            .build(){built})")
    else:
        print("        Ok(Self::from(text(input)?))")
    print("    }\n}")
print("\nfn class(error: &Error) -> Option<&'static str> {\n    Some(match error {")
for name in sorted(errors):
    print(f'        Error::{name}(_) => "{name}",')
print("        _ => return None,\n    })\n}")
