/* SPDX-License-Identifier: Apache-2.0 */
/** @file identities.h @brief Identity files for the plugin tests: the vendor's published device. */
#ifndef TENCENT_TEST_IDENTITIES_H
#define TENCENT_TEST_IDENTITIES_H

#define IDENTITY_KEY(secret)                                                                       \
	"{\n\"auth_mode\":\"KEY\",\n\"productId\":\"L4WG9V9M2M\",\n\"deviceName\":\"TEST2\",\n"    \
	"\"region\":\"china\",\n\"productSecret\":\"XoezQjzzMedF4lAr2CqCkVYK\",\n"                 \
	"\"key_deviceinfo\":{\n\"deviceSecret\":\"" secret "\"\n}\n}"
#define IDENTITY_CERT(cert, key)                                                                   \
	"{\"auth_mode\":\"CERT\",\"productId\":\"L4WG9V9M2M\",\"deviceName\":\"TEST2\","           \
	"\"region\":\"china\",\"productSecret\":\"XoezQjzzMedF4lAr2CqCkVYK\","                     \
	"\"cert_deviceinfo\":{\"devCertFile\":\"" cert "\",\"devPrivateKeyFile\":\"" key "\"}}"

/** Before its registration, and after it. */
#define IDENTITY_FRESH	    IDENTITY_KEY("YOUR_IOT_PSK")
#define IDENTITY_REGISTERED IDENTITY_KEY("MLvMHde65nKPk0Lx+ZThaA==")
#define IDENTITY_CERT_FRESH                                                                        \
	IDENTITY_CERT("YOUR_DEVICE_CERT_FILE_NAME", "YOUR_DEVICE_PRIVATE_KEY_FILE_NAME")
#define IDENTITY_CERT_READY IDENTITY_CERT("TEST2_cert.crt", "TEST2_private.key")

#define TOKEN	   "69f978dfbb48ec40cadb6d9af470d0f6"
#define TOPIC_DOWN "$thing/down/service/L4WG9V9M2M/TEST2"
#define TOPIC_UP   "$thing/up/service/L4WG9V9M2M/TEST2"

#endif /* TENCENT_TEST_IDENTITIES_H */
