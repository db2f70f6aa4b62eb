#include "crypto/x509.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

constexpr size_t kMaxPem = size_t{1} << 20;
constexpr size_t kMaxCommonName = 64;  // RFC 5280, appendix A.1: ub-common-name
constexpr size_t kMaxHostName = 253;
constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxNames = 100;
constexpr int kSerialBits = 159;  // positive and at most 20 octets (RFC 5280, 4.1.2.2)
constexpr long kVersion3 = 2;

Error failed(std::string_view what) {
  return openssl_error(ErrorKind::kInternal, what);
}

std::string_view contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, size > 0 ? static_cast<size_t>(size) : 0};
}

BioPtr reader(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks a person for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<X509Ptr> parse_certificate(std::string_view pem) {
  if (pem.size() > kMaxPem) {
    return Error(ErrorKind::kInvalidInput, "the certificate file is larger than 1 MiB");
  }
  const BioPtr bio = reader(pem);
  X509Ptr certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)
                          : nullptr);
  if (!certificate) {
    return openssl_error(ErrorKind::kInvalidInput, "there is no certificate to read",
                         "expected PEM: `-----BEGIN CERTIFICATE-----`");
  }
  return certificate;
}

Result<KeyPtr> parse_key(const Secret& pem) {
  const BioPtr bio = reader(pem.reveal());
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key) {
    return openssl_error(ErrorKind::kInvalidInput, "there is no private key to read",
                         "expected PEM without a passphrase: `-----BEGIN PRIVATE KEY-----`");
  }
  return key;
}

Result<std::string> to_pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return failed("cannot write the certificate");
  }
  return std::string(contents(bio.get()));
}

Result<Secret> to_pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));  // wiped when it goes
  if (!bio ||
      PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed("cannot write the private key");
  }
  return Secret(contents(bio.get()));
}

bool set_time(ASN1_TIME* out, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return out != nullptr && ASN1_TIME_set(out, static_cast<time_t>(seconds)) != nullptr;
}

bool set_random_serial(X509* certificate) {
  const BignumPtr number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// An extension from OpenSSL's text form. `value` is one of ours, never a user's.
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

struct ExtensionRow {
  int nid;
  const char* value;
};
constexpr ExtensionRow kAuthorityExtensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};
constexpr ExtensionRow kServerExtensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

constexpr ExtensionRow kClientExtensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "clientAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

// A certificate with everything but its extensions and its signature.
Result<X509Ptr> draft(std::string_view common_name, const Validity& validity, EVP_PKEY* key) {
  if (validity.ends <= validity.begins) {
    return Error(ErrorKind::kUsage, "the certificate would end before it begins");
  }
  X509Ptr certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), kVersion3) != 1 ||
      !set_random_serial(certificate.get()) ||
      !set_time(X509_getm_notBefore(certificate.get()), validity.begins) ||
      !set_time(X509_getm_notAfter(certificate.get()), validity.ends) ||
      X509_set_pubkey(certificate.get(), key) != 1 ||
      X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                                 MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1) {
    return failed("cannot make the certificate");
  }
  return certificate;
}

bool is_host_name(std::string_view name) {
  if (name.starts_with("*.")) {
    name.remove_prefix(2);
  }
  if (name.empty() || name.size() > kMaxHostName) {
    return false;
  }
  size_t label = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '.') {
      if (label == 0 || name[i - 1] == '-') {
        return false;
      }
      label = 0;
      continue;
    }
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    ++label;
    if ((!alphanumeric && (c != '-' || label == 1)) || label > kMaxLabel) {
      return false;
    }
  }
  return label > 0 && name.back() != '-';
}

Result<GeneralNamePtr> general_name(const std::string& name) {
  GeneralNamePtr out(GENERAL_NAME_new());
  if (!out) {
    return failed("cannot make the certificate");
  }
  if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(name.c_str());
      address != nullptr && name.find('\0') == std::string::npos) {
    GENERAL_NAME_set0_value(out.get(), GEN_IPADD, address);
    return out;
  } else {
    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
  }
  if (!is_host_name(name)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` is neither a host name nor an IP address", printable(name)));
  }
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  if (text == nullptr || ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) != 1) {
    ASN1_IA5STRING_free(text);
    return failed("cannot make the certificate");
  }
  GENERAL_NAME_set0_value(out.get(), GEN_DNS, text);
  return out;
}

Result<GeneralNamePtr> uri_name(const std::string& uri) {
  GeneralNamePtr out(GENERAL_NAME_new());
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  const bool printable_ascii = std::ranges::all_of(uri, [](char c) { return c > ' ' && c <= '~'; });
  if (!out || text == nullptr || uri.empty() || !printable_ascii ||
      ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size())) != 1) {
    ASN1_IA5STRING_free(text);
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` cannot be the name of a client", printable(uri)));
  }
  GENERAL_NAME_set0_value(out.get(), GEN_URI, text);
  return out;
}

// `make` makes a name of a text.
Result<> add_names(X509* certificate, const std::vector<std::string>& names,
                   Result<GeneralNamePtr> (*make)(const std::string&)) {
  if (names.empty() || names.size() > kMaxNames) {
    return Error(ErrorKind::kUsage,
                 fmt::format("a certificate has 1 to {} names, not {}", kMaxNames, names.size()));
  }
  const GeneralNamesPtr list(sk_GENERAL_NAME_new_null());
  for (const std::string& name : names) {
    TRY(GeneralNamePtr entry, make(name));
    GENERAL_NAME* raw = entry.release();
    if (!list || sk_GENERAL_NAME_push(list.get(), raw) <= 0) {
      GENERAL_NAME_free(raw);
      return failed("cannot make the certificate");
    }
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, 0) != 1) {
    return failed("cannot make the certificate");
  }
  return ok();
}

Result<CertificateAndKey> sign(X509* certificate, EVP_PKEY* own_key, X509* issuer,
                               EVP_PKEY* issuer_key, std::span<const ExtensionRow> extensions) {
  if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1) {
    return failed("cannot make the certificate");
  }
  for (const ExtensionRow& row : extensions) {
    if (!add_extension(certificate, issuer, row.nid, row.value)) {
      return failed("cannot make the certificate");
    }
  }
  if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0) {
    return failed("cannot sign the certificate");
  }
  TRY(std::string certificate_pem, to_pem(certificate));
  TRY(Secret key_pem, to_pem(own_key));
  return CertificateAndKey{std::move(certificate_pem), std::move(key_pem)};
}

Result<KeyPtr> make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) {
    return failed("cannot make a key");
  }
  return key;
}

std::string to_text(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return "?";
  }
  return printable(contents(bio.get()), 300);
}

// The octets of an iPAddress as text (RFC 5952 is left to the reader: no run of zeros is
// shortened).
std::string address_text(std::string_view octets) {
  std::string out;
  if (octets.size() == 4) {
    for (const char c : octets) {
      out += fmt::format("{}{}", out.empty() ? "" : ".", static_cast<uint8_t>(c));
    }
  } else if (octets.size() == 16) {
    for (size_t i = 0; i < octets.size(); i += 2) {
      const int group = static_cast<uint8_t>(octets[i]) << 8 | static_cast<uint8_t>(octets[i + 1]);
      out += fmt::format("{}{:x}", i == 0 ? "" : ":", group);
    }
  } else {
    out = "?";
  }
  return out;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> out;
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_DNS && type != GEN_IPADD) {
      continue;
    }
    const std::string_view octets(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                  static_cast<size_t>(std::max(ASN1_STRING_length(value), 0)));
    out.push_back(type == GEN_DNS ? printable(octets, kMaxHostName) : address_text(octets));
  }
  return out;
}

std::optional<WallTime> to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

Result<CertificateAndKey> make_authority(std::string_view common_name, const Validity& validity) {
  if (common_name.empty() || common_name.size() > kMaxCommonName ||
      printable(common_name, kMaxCommonName) != common_name) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` cannot be the name of an authority", printable(common_name)),
                 "use 1 to 64 bytes of text");
  }
  TRY(const KeyPtr key, make_key());
  TRY(const X509Ptr certificate, draft(common_name, validity, key.get()));
  return sign(certificate.get(), key.get(), certificate.get(), key.get(), kAuthorityExtensions);
}

namespace {

Result<CertificateAndKey> issue(const CertificateAndKey& authority,
                                const std::vector<std::string>& names, const Validity& validity,
                                Result<GeneralNamePtr> (*make)(const std::string&),
                                std::span<const ExtensionRow> extensions) {
  TRY(const X509Ptr issuer, parse_certificate(authority.certificate));
  TRY(const KeyPtr issuer_key, parse_key(authority.key));
  if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    return openssl_error(ErrorKind::kUsage, "the authority's key is not that of its certificate");
  }
  TRY(const KeyPtr key, make_key());
  // Clients read the alternative names; the subject is for people.
  TRY(const X509Ptr certificate, draft("sallyport", validity, key.get()));
  TRY_OK(add_names(certificate.get(), names, make));
  return sign(certificate.get(), key.get(), issuer.get(), issuer_key.get(), extensions);
}

// Of an extension that may stand once; null where it does not stand there.
template <typename T>
Result<T*> extension_of(const X509* certificate, int nid) {
  constexpr int kAbsent = -1;
  int critical = 0;
  auto* found = static_cast<T*>(X509_get_ext_d2i(certificate, nid, &critical, nullptr));
  if (found == nullptr && critical != kAbsent) {
    return openssl_error(ErrorKind::kInvalidInput,
                         "an extension of the certificate is malformed, or stands twice");
  }
  return found;
}

// Its alternative names that are URIs.
Result<std::vector<std::string>> uris_of(const X509* certificate) {
  TRY(GENERAL_NAMES * raw, extension_of<GENERAL_NAMES>(certificate, NID_subject_alt_name));
  const GeneralNamesPtr names(raw);
  std::vector<std::string> out;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type == GEN_URI) {
      out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                       static_cast<size_t>(std::max(ASN1_STRING_length(value), 0)));
    }
  }
  return out;
}

}  // namespace

Result<CertificateAndKey> issue_server_certificate(const CertificateAndKey& authority,
                                                   const std::vector<std::string>& names,
                                                   const Validity& validity) {
  return issue(authority, names, validity, general_name, kServerExtensions);
}

Result<CertificateAndKey> issue_client_certificate(const CertificateAndKey& authority,
                                                   const std::vector<std::string>& uris,
                                                   const Validity& validity) {
  return issue(authority, uris, validity, uri_name, kClientExtensions);
}

Result<ClientCertificateFacts> read_client_certificate(std::string_view der) {
  if (der.size() > kMaxPem) {
    return Error(ErrorKind::kInvalidInput, "the certificate is larger than 1 MiB");
  }
  const unsigned char* at = as_u8(as_bytes(der));
  const unsigned char* const end = at + der.size();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != end) {
    return openssl_error(ErrorKind::kInvalidInput, "this is no certificate in DER");
  }
  const uint32_t flags = X509_get_extension_flags(certificate.get());
  const std::optional<WallTime> begins = to_time(X509_get0_notBefore(certificate.get()));
  const std::optional<WallTime> ends = to_time(X509_get0_notAfter(certificate.get()));
  if ((flags & EXFLAG_INVALID) != 0 || !begins || !ends) {
    return openssl_error(ErrorKind::kInvalidInput, "the certificate is malformed");
  }
  ClientCertificateFacts facts;
  TRY(facts.uris, uris_of(certificate.get()));
  TRY(BASIC_CONSTRAINTS * constraints,
      extension_of<BASIC_CONSTRAINTS>(certificate.get(), NID_basic_constraints));
  BASIC_CONSTRAINTS_free(constraints);
  TRY(ASN1_BIT_STRING * stated, extension_of<ASN1_BIT_STRING>(certificate.get(), NID_key_usage));
  const uint32_t usage = stated == nullptr ? 0 : X509_get_key_usage(certificate.get());
  ASN1_BIT_STRING_free(stated);
  facts.validity = {*begins, *ends};
  facts.authority = (flags & EXFLAG_CA) != 0 || X509_check_ca(certificate.get()) != 0;
  facts.digital_signature = (usage & KU_DIGITAL_SIGNATURE) != 0;
  facts.signs_certificates = (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0;
  ERR_clear_error();
  return facts;
}

Result<std::string> certificate_der(std::string_view pem) {
  TRY(const X509Ptr certificate, parse_certificate(pem));
  const int size = i2d_X509(certificate.get(), nullptr);
  std::string der(static_cast<size_t>(std::max(size, 0)), char{});
  unsigned char* at = as_u8(std::as_writable_bytes(std::span(der)));
  if (i2d_X509(certificate.get(), &at) != size || size <= 0) {
    return failed("cannot write the certificate");
  }
  return der;
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  TRY(const X509Ptr certificate, parse_certificate(pem));
  const std::optional<WallTime> begins = to_time(X509_get0_notBefore(certificate.get()));
  const std::optional<WallTime> ends = to_time(X509_get0_notAfter(certificate.get()));
  if (!begins || !ends) {
    return openssl_error(ErrorKind::kInvalidInput, "the certificate has no readable validity");
  }
  CertificateFacts facts{.subject = to_text(X509_get_subject_name(certificate.get())),
                         .issuer = to_text(X509_get_issuer_name(certificate.get())),
                         .names = names_of(certificate.get()),
                         .validity = {*begins, *ends},
                         .authority = X509_check_ca(certificate.get()) == 1};
  ERR_clear_error();
  return facts;
}

}  // namespace sally::crypto
