-- As mysqldump writes it: a table of its own, as the stack's first users have one.
DROP TABLE IF EXISTS `form`;
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `form` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(50) NOT NULL,
  `age` int unsigned DEFAULT NULL,
  `height` decimal(4,2) DEFAULT NULL,
  `born` date DEFAULT NULL,
  `colour` enum('red','green','it''s blue') DEFAULT NULL,
  `sports` set('chess','running') DEFAULT NULL,
  `remark` text,
  `seen` datetime DEFAULT NULL,
  `account` bigint DEFAULT NULL,
  `photo` blob,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `form` WRITE;
INSERT INTO `form` VALUES
  (1,'Ada',36,1.65,'1815-12-10','red','chess,running','Line 1\nLine 2','2024-02-29 13:05:00',1234567890123456789,_binary 'x'),
  (2,'Zoë 😀',NULL,NULL,NULL,'it''s blue','','=1+1',NULL,7,NULL),
  (5,'Ада',0,0.50,'0999-01-01',NULL,NULL,NULL,NULL,NULL,NULL);
UNLOCK TABLES;
CREATE TABLE `votes` (`dish` varchar(20) NOT NULL, `number` int NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `votes` VALUES ('Soup',1),('Soup',1),('Rice',2);
