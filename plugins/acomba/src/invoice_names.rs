//! What the bridge names in a refusal, as the body of the invoice calls it.

use crate::assumed::INVOICE_DATE;

/// The properties of the header, by our names.
const HEADER_NAMES: [(&str, &str); 8] = [
    ("number", "InInvoiceNumber"),
    ("reference", "InReference"),
    ("description", "InDescription"),
    ("date", INVOICE_DATE),
    ("customer_id", "InCustomerSupplierCP"),
    ("subtotal", "InInvoiceSubTotal"),
    ("total", "InInvoiceTotal"),
    ("lines", "Lines"),
];

/// The properties of a line, by our names.
const LINE_NAMES: [(&str, &str); 7] = [
    ("product_number", "ILProductNumber"),
    ("group_number", "ILProductGroupNumber"),
    ("description", "ILDescription"),
    ("quantity", "ILInvoicedQty"),
    ("quantity", "ILOrderedQty"),
    ("price", "ILSellingPrice"),
    ("amount", "ILTotalAmount"),
];

/// What a property of the wire is called in our bodies: `Lines[2].ILDescription` is a field of the part
/// of the body that the document's third line comes from.
pub fn name_of(wire: &str, origins: &[String]) -> Option<String> {
    let last = wire.rsplit(['.', '/']).next()?.split('[').next()?;
    if let Some((name, _)) = HEADER_NAMES.iter().find(|(_, property)| *property == last) {
        return Some((*name).to_owned());
    }
    let (name, _) = LINE_NAMES.iter().find(|(_, property)| *property == last)?;
    let at = wire
        .split(['[', ']'])
        .nth(1)
        .and_then(|digits| digits.parse::<usize>().ok());
    let origin = at
        .and_then(|at| origins.get(at))
        .map_or("lines", String::as_str);
    Some(match (origin.starts_with("taxes"), *name) {
        (true, "product_number") => format!("{origin}.code"),
        (false, _) if origin == "freight" => origin.to_owned(),
        (_, name) => format!("{origin}.{name}"),
    })
}
