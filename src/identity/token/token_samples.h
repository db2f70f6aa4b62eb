// Tokens and keys for tests and benchmarks. What stands here as text was made once with the openssl
// command (genpkey, dgst -sign, pkeyutl -sign); its private keys are gone.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "crypto/ed25519.h"
#include "identity/token/verify.h"

namespace sally::identity::samples {

// When every token below is valid: a hundred seconds after it was issued.
inline constexpr WallTime kNow{std::chrono::seconds(1'900'000'100)};
inline constexpr std::string_view kClaims =
    R"({"iss":"https://issuer.example","sub":"user-1","aud":"https://gate.example",)"
    R"("exp":2000000000,"iat":1900000000,"nbf":1900000000,)"
    R"("jti":"token-1","azp":"app-1","scope":"models:list models:call"})";

// The modulus of one RSA key, whose exponent is 65537, and keys on the curves.
inline constexpr std::string_view kModulus =
    "15GbFlBDikYo7VbgxPT_NrNSwUbINk2jh2mBC8NDlk_onenvCvUVW1SQdEB0jB3Q-3HK_0biTLuXONDOY-wc"
    "4BCzupZ-i9Ury1SakJL3JpNdweHmJg52BrUnd_lt0xkD8hmEXLK3kMAXw97M4udTTFANufK5-JleERrUrmMb"
    "rRFdO8JT5W19mASrs61TlVkqYnmPz230NCUUVrE7ld9IpOw_dbKDHj3RToNWji4Rok322jZttvKgMKJhWe0X"
    "GsmlaE-I2vmG37md4KgtIFKIRm0iuUJWCTSiLiTDkoYmG-mfmm9Y55NLDZVayWZ9cBqMpXfdnrjGHvkjanXR"
    "xXVUCQ";
inline constexpr std::string_view kCurveKeys =
    R"({"kty":"EC","crv":"P-256","kid":"es256","alg":"ES256","use":"sig","x":"wAjRlXfQ0WhV3)"
    R"(gnaZ64E5bnyXH8BL5mbjwUIeRkaf1A","y":"OCBnF_zLD_5ZuBpl1edOwrDOQcP1go8tpRpONig4ZpM"})"
    ","
    R"({"kty":"EC","crv":"P-384","kid":"es384","alg":"ES384","use":"sig","x":"DjJY3nA7P6eOP)"
    R"(UC_Er553yiOF1NzX4RzCFb_rDUp_2dHsLRewGm3uNIzDAqyssmp","y":"yPeN7LNhSk6DwbNbWo2EWyw2aU)"
    R"(bqZv6BhgJJFwuR3BBAkul2RDASBzRT7PqYiQM3"})"
    ","
    R"({"kty":"EC","crv":"P-521","kid":"es512","alg":"ES512","use":"sig","x":"AImap26z9c7kN)"
    R"(ovmSYFNniBUxcjHzM5Mp95HENnAu43QdZlzpXI_4Hrrbk0g4uxrPNtrgFvcUqKSi0QyQ1kYGp85","y":"Ac)"
    R"(tlsgwBftTOx2hd7zb4r0UKn3Q80odxJWRZqbmOZCGB8K-xMuv4N-o6vbd8b3V8jZrcuCZ3Rdv069IQtDBUIV)"
    R"(v5"})"
    ","
    R"({"kty":"OKP","crv":"Ed25519","kid":"eddsa","alg":"EdDSA","use":"sig","x":"_c_ty79tRT)"
    R"(E0ToThB_AXDG-ZFuPS_GM8Hg6fGEtJKK0"})";

// A key of every algorithm, whose id is the algorithm's name in lower case. Those for RSA are one
// key.
inline const std::string kKeys = [] {
  std::string out = R"({"keys":[)";
  for (const auto& [id, algorithm] :
       {std::pair("rs256", "RS256"), std::pair("rs384", "RS384"), std::pair("rs512", "RS512"),
        std::pair("ps256", "PS256"), std::pair("ps384", "PS384"), std::pair("ps512", "PS512")}) {
    out += fmt::format(R"({{"kty":"RSA","kid":"{}","alg":"{}","use":"sig","n":"{}","e":"AQAB"}},)",
                       id, algorithm, kModulus);
  }
  return out + std::string(kCurveKeys) + "]}";
}();

struct Token {
  std::string_view algorithm;
  std::string_view text;
};
// kClaims, signed by each of them.
inline constexpr std::array<Token, 10> kTokens = {{
    {"RS256",
     "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzMjU2IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.msLwJ4kGjT1aO1knr-ZpU5jPG1L4N1xOp8joTqsL"
     "e3gXQVxcVwfJ3yX6f7SNobaWCekvMaJWp5kC4J2Ss3WVblH65d8thfUfQCedSOXYu5k4KohBQytKQbrP72BoUvRK"
     "ALG6Nxxp6WH5WJnfdaSAkz9s6qZcZDwX1ndOjfxFjNaj7n6ce1YeuMak8taQvDUTeuTyQyIC0rBB5JghHKcVQ271"
     "iEESeh8P-A_1YYP9KBuph6GjecjlCdQX7_8Az5paeGEbgbjPhhPpMHHUPBaaRo3LvJYBl9BNCPzLTfJkiDMq4l3u"
     "IoliB1n6xQ6ghDZBGO68F3572gTuaroS_y1NOQ"},
    {"RS384",
     "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzMzg0IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.qnKP-CiR5FKnVhQzSKtPj1ljkc3BkBdCSNFb4u5I"
     "6ze2ZNY9gbddDNQChvB-n30hK1-7I-31l3_W2Bdhlt0g-s4s8uNQbnjQaNRNYJnGOOenrJgR8bkq_lWroFsNmuUv"
     "wJ_LLIhD8dFcEhAiHrL57wwPcDoxLJDzmj9nIDlpgzf4jFCzJvD35mqtqoa6poDyMfO-C3-DKDnWMmzXQXHvLT01"
     "-rh9Ct1Z8PcjIvcvdzl0yd6Vjr2fvXfKqUqgUT7kJzD_g4vX9NYit-hag9gGyDuoot_kTyAhUOH5ED8mu_HWq3gp"
     "PK2nYLQQ4z9DN7dWxvxtTc78YUY1O52yRKEBzw"},
    {"RS512",
     "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzNTEyIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.MwaOJ3f2SXqJPrthbzQXRjqi_5CRZaL68jikC2gb"
     "SE3MzTcMAmzF57qE-u1LuNT909AQ2OrxGH8od0Km6A_PAbdWDU0GwC4qm0nlIgdFoIkDpa-Awu8EK1jpbRKsF48a"
     "kchkI8zi6Xko0BWkLmn24u3pFaB7_Yg_0YhZoUQQJVa5zIn2ZtJUXCOJpn4EiN9puddgHRSsF5E8h4vYz-NuGpa4"
     "JdDP_zqnI3R4ImHVzIsfVZlvDIR03Zp9oymOFlJE2HsF-0BpXOGg0b6ga5n5W2malvbwpJgrRGprn7M1bml02PmO"
     "VU56NtfuFjyjkNuuNlOSEoUyEIOEC2DqlABSYA"},
    {"PS256",
     "eyJhbGciOiJQUzI1NiIsImtpZCI6InBzMjU2IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.QqR9nVrgx9QMuvaD7vOuEBF_BGJQBiglIW2x3G60"
     "iizMfUZ-mrPhyfrmVwb_aO_YSTm6UvY_djW0By-NsgvMjkc-UuFYUeNYiE_hH-yXL_fzYaSH40yQhGY0nabKCWNL"
     "PBIZlGAbmQP28rDtD-YzztLG4ZnX5BMQ_-pVMZfz4pQ0NOc-VBmIoWF0cnlMlFPNxP-iebiGWg4KZgBy00J3YV4v"
     "ta01Z8J15O5FKUyIDBI-ofO4a81BV8ZlahojbMytaz_hOq0bLYIQRLAiDci4MpPdCFGOOyh2gh9IUmGfybFQZBTj"
     "lqHvURO-HtQKGposlgZtOsBnAqmnv3sbmpPwiA"},
    {"PS384",
     "eyJhbGciOiJQUzM4NCIsImtpZCI6InBzMzg0IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.FWy5GhgL5aBzMP_QDq1Y2cjT9Fx2f2otSgUkEums"
     "tg3FwwFYwRI5ZUX9lbX5FnyS_JUC0O6ZBRfkK_mIuQbb7Gh2Ks-PjkBC6192FrgpXDJE_5sdmVAb6J5cNV6w-qOP"
     "YjUflqIZsvZvMccHIWJE7UpQd5EgD2kJbtwRtgPeTigI26cCkoo_BMPcF2NWiP48NbfahGqV5tY7-X4tSUzniECL"
     "cYHeOIGpRpZtivBNyjbovY3UCGxRTapq6NwtIixn02iDuSMwAJ_btfzsAC_hafVox2hjg_7g8GRm4evcE0Qur-mC"
     "HGcwvuNaGjpAv3diMavVo0V6DZe8hgHytnt2vA"},
    {"PS512",
     "eyJhbGciOiJQUzUxMiIsImtpZCI6InBzNTEyIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.zZFd-HoFF6h2K_xTFwWkcjsaq6R8JWl1ro1egvAq"
     "wP30FmVjZfH-gAJ6FoEJCvhOb6DVsUIOIT977QHlYRnfnNZk_77BZVG2aMT2ngMvAT7LzPlMAuuVr_Bi3CyK0gTm"
     "A6AwZmDHKP8xMUrXRRjYY2OArLxWTiJJlrIfcunkEhdtl9MD8Jlhv9ty1t0bFDtjngRU_F6GT5iN6kdgNbw--Y0n"
     "S6VN82D1obq9q2sQ8onYc4mlXNKJlHjXyyKrtlkd2N4Ru5z01ycF6TTZiHttu9gkEAZS7XRzmiEi7mf6sLOnFpPc"
     "be7rkCjPzGAOz45IsNCvutFbkU-btow6EZJtWA"},
    {"ES256",
     "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.-LxPv75hkG9tAhDrArsUmB_O26tBW12oWu_IMgJj"
     "eKWsUPKtR7WZA3ESBffZ41ezl5mA-0-Q73M0dj2ODKxf6A"},
    {"ES384",
     "eyJhbGciOiJFUzM4NCIsImtpZCI6ImVzMzg0IiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.na0btbNJ2t1EQeiGHTapUFQGHb0V_KO2GathOP70"
     "w7GPjNXPjMDkbm541ghQ6anLP5RSIr9LCxp7XWwka8A3aTmhOh-V-0lkblW3wb6eJV5Ruepy2iNo0SqetuPkizt0"},
    {"ES512",
     "eyJhbGciOiJFUzUxMiIsImtpZCI6ImVzNTEyIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.AJ4lua95RKJ0Pp3OBwXpmWWFXhToSTNyqLBbDxMF"
     "QHfCxINXwlD-puZYTErNzthkXyAzt3n4U4ku3urTkHQ8HpdyAc3k6tziP3-qXjbb7Hohw3jvvm0JTFLB7iCaMcVX"
     "UOEsrvy5jEIpHn6FbeFJ7zYRPg6FzGYOzoAPusyW1nOu8bFz"},
    {"EdDSA",
     "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkZHNhIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5l"
     "eGFtcGxlIiwic3ViIjoidXNlci0xIiwiYXVkIjoiaHR0cHM6Ly9nYXRlLmV4YW1wbGUiLCJleHAiOjIwMDAwMDAw"
     "MDAsImlhdCI6MTkwMDAwMDAwMCwibmJmIjoxOTAwMDAwMDAwLCJqdGkiOiJ0b2tlbi0xIiwiYXpwIjoiYXBwLTEi"
     "LCJzY29wZSI6Im1vZGVsczpsaXN0IG1vZGVsczpjYWxsIn0.KXEYVHxHBkJnqZncUTovflgKr3jzE23FN8tMvXcr"
     "dRikSKkfAeIdnKeUm18TEHOoDAren-_N0k0zO338NLrKBg"},
}};

// The RSA key of kKeys in the forms in which a careless verifier might take it as a shared secret.
inline constexpr std::string_view kRsaSpkiDer =  // base64
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA15GbFlBDikYo7VbgxPT/NrNSwUbINk2jh2mBC8NDlk/o"
    "nenvCvUVW1SQdEB0jB3Q+3HK/0biTLuXONDOY+wc4BCzupZ+i9Ury1SakJL3JpNdweHmJg52BrUnd/lt0xkD8hmE"
    "XLK3kMAXw97M4udTTFANufK5+JleERrUrmMbrRFdO8JT5W19mASrs61TlVkqYnmPz230NCUUVrE7ld9IpOw/dbKD"
    "Hj3RToNWji4Rok322jZttvKgMKJhWe0XGsmlaE+I2vmG37md4KgtIFKIRm0iuUJWCTSiLiTDkoYmG+mfmm9Y55NL"
    "DZVayWZ9cBqMpXfdnrjGHvkjanXRxXVUCQIDAQAB";
inline constexpr std::string_view kRsaSpkiPem =
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBC"
    "gKCAQEA15GbFlBDikYo7VbgxPT/\nNrNSwUbINk2jh2mBC8NDlk/onenvCvUVW1SQ"
    "dEB0jB3Q+3HK/0biTLuXONDOY+wc\n4BCzupZ+i9Ury1SakJL3JpNdweHmJg52BrU"
    "nd/lt0xkD8hmEXLK3kMAXw97M4udT\nTFANufK5+JleERrUrmMbrRFdO8JT5W19mA"
    "Srs61TlVkqYnmPz230NCUUVrE7ld9I\npOw/dbKDHj3RToNWji4Rok322jZttvKgM"
    "KJhWe0XGsmlaE+I2vmG37md4KgtIFKI\nRm0iuUJWCTSiLiTDkoYmG+mfmm9Y55NL"
    "DZVayWZ9cBqMpXfdnrjGHvkjanXRxXVU\nCQIDAQAB\n-----END PUBLIC KEY---"
    "--\n";
inline constexpr std::string_view kRsaPkcs1Der =  // base64
    "MIIBCgKCAQEA15GbFlBDikYo7VbgxPT/NrNSwUbINk2jh2mBC8NDlk/onenvCvUVW1SQdEB0jB3Q+3HK/0biTLuX"
    "ONDOY+wc4BCzupZ+i9Ury1SakJL3JpNdweHmJg52BrUnd/lt0xkD8hmEXLK3kMAXw97M4udTTFANufK5+JleERrU"
    "rmMbrRFdO8JT5W19mASrs61TlVkqYnmPz230NCUUVrE7ld9IpOw/dbKDHj3RToNWji4Rok322jZttvKgMKJhWe0X"
    "GsmlaE+I2vmG37md4KgtIFKIRm0iuUJWCTSiLiTDkoYmG+mfmm9Y55NLDZVayWZ9cBqMpXfdnrjGHvkjanXRxXVU"
    "CQIDAQAB";
inline constexpr std::string_view kRsaPkcs1Pem =
    "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEA15GbFlBDikYo7VbgxPT/N"
    "rNSwUbINk2jh2mBC8NDlk/onenvCvUV\nW1SQdEB0jB3Q+3HK/0biTLuXONDOY+wc"
    "4BCzupZ+i9Ury1SakJL3JpNdweHmJg52\nBrUnd/lt0xkD8hmEXLK3kMAXw97M4ud"
    "TTFANufK5+JleERrUrmMbrRFdO8JT5W19\nmASrs61TlVkqYnmPz230NCUUVrE7ld"
    "9IpOw/dbKDHj3RToNWji4Rok322jZttvKg\nMKJhWe0XGsmlaE+I2vmG37md4KgtI"
    "FKIRm0iuUJWCTSiLiTDkoYmG+mfmm9Y55NL\nDZVayWZ9cBqMpXfdnrjGHvkjanXR"
    "xXVUCQIDAQAB\n-----END RSA PUBLIC KEY-----\n";

inline std::string base64url(std::string_view text) {
  return to_base64(as_bytes(text), Base64::kUrl, Padding::kNone);
}

// The rules under which kTokens are good.
inline TokenRules rules() {
  TokenRules out;
  out.issuer = "https://issuer.example";
  out.audiences = {"https://gate.example"};
  for (const Token& token : kTokens) {
    out.algorithms.push_back(*crypto::signature_algorithm(token.algorithm));
  }
  return out;
}

// Signs tokens of any content with an Ed25519 key of its own: always the same.
class Signer {
 public:
  static constexpr std::string_view kHeader = R"({"alg":"EdDSA","kid":"signer"})";

  explicit Signer(char seed = 's')
      : key_(*crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, seed)))) {}

  // Its public key; `more` are further members: `,"use":"enc"`.
  [[nodiscard]] std::string jwk(std::string_view id = "signer", std::string_view more = {}) const {
    return R"({"kty":"OKP","crv":"Ed25519","kid":")" + std::string(id) + R"(","x":")" +
           to_base64(key_.public_key(), Base64::kUrl, Padding::kNone) + "\"" + std::string(more) +
           "}";
  }
  [[nodiscard]] JwkSet keys() const { return *JwkSet::parse(R"({"keys":[)" + jwk() + "]}"); }

  [[nodiscard]] std::string sign(std::string_view header, std::string_view payload) const {
    return sign_parts(base64url(header), base64url(payload));
  }
  // The same over parts that are encoded already, or that are no base64url at all.
  [[nodiscard]] std::string sign_parts(std::string_view header, std::string_view payload) const {
    std::string text = std::string(header) + "." + std::string(payload);
    const auto signature = key_.sign(as_bytes(text));
    SALLY_CHECK(signature.ok());
    return text + "." + to_base64(*signature, Base64::kUrl, Padding::kNone);
  }

 private:
  crypto::Ed25519PrivateKey key_;
};

}  // namespace sally::identity::samples
